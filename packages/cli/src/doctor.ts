import type { Command } from 'commander';
import { Option } from 'commander';
import type { Check } from './doctor/check.ts';
import { machineChecks } from './doctor/machine-checks.ts';
import { projectChecks } from './doctor/project-checks.ts';
import { toolChecks } from './doctor/tool-checks.ts';
import { workerChecks } from './doctor/worker-checks.ts';

const marks = { ok: '✔', warning: '!', missing: '✘' } as const;

export function configure(command: Command): void {
  command
    .description(
      'Checks whether this machine and the project in this folder are ready. Exits with 1 if something required is missing.',
    )
    .addOption(new Option('--format <format>', 'how to print').choices(['table', 'json']).default('table'))
    .addHelpText('after', '\nExamples:\n  $ aktis doctor\n  $ aktis doctor --format json')
    .action(diagnose);
}

async function diagnose({ format }: { format: 'table' | 'json' }): Promise<void> {
  const checks = [
    ...machineChecks(),
    ...(await projectChecks(process.cwd())),
    ...(await workerChecks()),
    ...toolChecks(),
  ];
  console.log(format === 'json' ? JSON.stringify(checks, null, 2) : table(checks));
  if (checks.some(({ status, required }) => required && status === 'missing')) process.exitCode = 1;
}

function table(checks: readonly Check[]): string {
  const width = Math.max(...checks.map(({ name }) => name.length));
  return checks
    .map(({ name, status, detail, fix }) => {
      const line = `${marks[status]} ${name.padEnd(width)}  ${detail}`;
      return fix === undefined ? line : `${line}\n  ${' '.repeat(width)}  → ${fix}`;
    })
    .join('\n');
}
