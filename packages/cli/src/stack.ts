import type { StackInfo } from '@aktis/core';
import type { Command } from 'commander';
import { type Format, formatOption, print } from './format/format-option.ts';
import { workerName } from './format/worker-name.ts';
import { addSessionOptions, type SessionChoice, withSession } from './session/session-option.ts';
import { findNode, findWorker } from './state/read-records.ts';

type Given = SessionChoice & { readonly workerId?: string; readonly nodeId?: string; readonly format: Format };

export function configure(command: Command): void {
  addSessionOptions(command)
    .description(
      'Shows what the workers execute at this moment: their JavaScript stacks, also of those in an endless loop. Each is ' +
        'stopped for a moment.',
    )
    .option('--worker-id <worker>', 'only this one: its id, or worker-3')
    .option('--node-id <id>', 'only the workers of this node')
    .addOption(formatOption())
    .addHelpText(
      'after',
      '\nExamples:\n  $ aktis stack\n  $ aktis stack --worker-id worker-3\n  $ aktis stack --format json',
    )
    .action(stack);
}

async function stack(given: Given): Promise<void> {
  const stacks = await withSession(given, async session => {
    const { source } = session;
    const { nodeId } = given.nodeId === undefined ? {} : await findNode(session, given.nodeId);
    if (given.workerId === undefined) return source.ask<readonly StackInfo[]>('stacks', { nodeId });
    const { workerId } = await findWorker(session, given.workerId, nodeId);
    return source.ask<readonly StackInfo[]>('stacks', { workerId });
  });
  print(stacks, given.format, stackText);
}

/** A paragraph for each worker; the idle ones of a node share one. */
export function stackText(stacks: readonly StackInfo[]): string {
  const idle = new Map<string, string[]>();
  const paragraphs: string[] = [];
  for (const info of stacks) {
    const { frames, tasks, problem, nodeId, workerId } = info;
    const isIdle = frames.length === 0 && tasks.length === 0 && problem === undefined;
    if (!isIdle) paragraphs.push(paragraph(info));
    else idle.set(nodeId, [...(idle.get(nodeId) ?? []), workerName(workerId)]);
  }
  for (const [nodeId, names] of idle) paragraphs.push(`Idle on node ${nodeId.slice(0, 12)}: ${names.join(', ')}`);
  return paragraphs.length === 0 ? 'There are no workers.' : paragraphs.join('\n\n');
}

function paragraph({ workerId, nodeId, frames, tasks, problem }: StackInfo): string {
  const running = tasks.map(({ name, taskId }) => `${name} (task ${taskId})`).join(', ');
  const where = `${workerName(workerId)} (${workerId}) on node ${nodeId.slice(0, 12)}`;
  const lines = frames.map(
    ({ functionName, url, line, column }) => `    at ${functionName || '<anonymous>'} (${url}:${line}:${column})`,
  );
  if (problem !== undefined) lines.push(`    ${problem}`);
  else if (lines.length === 0) lines.push('    waits for its event loop: what it runs is in an await');
  return [`${where}${running === '' ? '' : ` runs ${running}`}`, ...lines].join('\n');
}
