import type { LogInfo, LogLine } from '@aktis/core';
import { type Command, Option } from 'commander';
import { columns } from './format/columns.ts';
import { type Format, formatOption, print } from './format/format-option.ts';
import { size } from './format/units.ts';
import { workerName } from './format/worker-name.ts';
import type { LogChoice } from './logs/log-target.ts';
import { addSessionOptions, type SessionChoice, withSession } from './session/session-option.ts';
import { wholeNumber } from './state/query-options.ts';

type Given = SessionChoice &
  LogChoice & {
    readonly follow?: boolean;
    readonly tail: number;
    readonly search?: string;
    readonly format: Format;
  };

export function configure(command: Command): void {
  addSessionOptions(command)
    .description(
      'Lists the logs there are, one of each worker; or shows one of them: of a worker, or what a task, an actor, a job or a ' +
        'node printed. Ids may be shortened.',
    )
    .argument('[log]', 'worker-3; only its standard output: worker-3.out; its errors: worker-3.err; or a listed file')
    .addOption(which('worker'))
    .addOption(which('task'))
    .addOption(which('actor'))
    .addOption(which('job'))
    .option('--node-id <id>', 'what all workers of this node printed')
    .option('--follow', 'also what is printed from now on, until the task, actor or worker has ended')
    .option('--tail <lines>', 'at most so many of the last lines, up to 10000', wholeNumber(0, 10_000), 1_000)
    .option('--search <text>', 'only lines that contain it, in capital or small letters')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis logs\n  $ aktis logs worker-3 --follow\n  $ aktis logs worker-3.err --tail 50\n' +
        '  $ aktis logs --task-id 3f9a0c1100000000000012\n  $ aktis logs --actor-id 3f9a --search error --follow',
    )
    .action(logs);
}

/** These exclude each other. */
const ONE = ['worker', 'task', 'actor', 'job'];

function which(what: string): Option {
  const help = { worker: 'the log of this worker', job: 'what the workers of this job printed' }[what];
  return new Option(`--${what}-id <id>`, help ?? `what this ${what} printed`).conflicts(
    ONE.filter(other => other !== what).map(other => `${other}Id`),
  );
}

async function logs(file: string | undefined, given: Given, command: Command): Promise<void> {
  const choice = [file, given.workerId, given.taskId, given.actorId, given.jobId, given.nodeId];
  if (file !== undefined && choice.slice(1, 5).some(id => id !== undefined)) {
    command.error('error: give the name of a log, or an id, not both', { exitCode: 2 });
  }
  if (choice.every(id => id === undefined) && !given.follow && given.search === undefined) await listLogs(given);
  else await showLog(file, given);
}

async function listLogs(given: Given): Promise<void> {
  const found = await withSession(given, ({ source }) => source.ask<readonly LogInfo[]>('logs'));
  print(found, given.format, table);
}

function table(logs: readonly LogInfo[]): string {
  if (logs.length === 0) return 'No worker has printed anything yet.';
  const rows = logs.map(({ workerNumber, workerId, nodeId, state, lines, bytes, files }) => [
    `worker-${workerNumber}`,
    workerId,
    nodeId.slice(0, 12),
    state,
    String(lines),
    size(bytes),
    files.join(' '),
  ]);
  const hasFiles = logs.some(({ files }) => files.length > 0);
  return columns(['LOG', 'WORKER', 'NODE', 'STATE', 'LINES', 'PRINTED', hasFiles ? 'FILES' : ''], rows);
}

async function showLog(file: string | undefined, given: Given): Promise<void> {
  const [{ logTarget }, { readLog }] = await Promise.all([
    import('./logs/log-target.ts'),
    import('./logs/read-log.ts'),
  ]);
  const { tail, search, follow = false, format } = given;
  await withSession(given, async session => {
    const target = await logTarget(session, file, given);
    const gathered: LogLine[] = [];
    for await (const line of readLog(session, target, { tail, search, follow })) {
      if (format === 'table') console.log(target.isOne ? line.text : `${origin(line)} ${line.text}`);
      else if (follow) console.log(format === 'json' ? JSON.stringify(line) : `---\n${(await yaml())(line)}`);
      else gathered.push(line);
    }
    if (format !== 'table' && !follow) print(gathered, format, () => '');
  });
}

/** As drivers say where a line comes from. */
function origin({ name, workerId, nodeId }: LogLine): string {
  return `(${name} ${workerName(workerId)} node=${nodeId.slice(0, 8)})`;
}

async function yaml(): Promise<(value: unknown) => string> {
  return (await import('./format/yaml.ts')).toYaml;
}
