import type { Command } from 'commander';

/** One command of `aktis`, in a module of its own that is loaded when the command is given. */
export interface CommandModule {
  /** Adds arguments, options, examples and the action. */
  configure(command: Command): void;
}

interface CommandEntry {
  /** One line for `aktis --help`. */
  readonly summary: string;
  load(): Promise<CommandModule>;
}

/** All commands, in the order of `aktis --help`. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  run: { summary: 'run a TypeScript or JavaScript program', load: () => import('./run.ts') },
  start: { summary: 'start the first node of a cluster, or join one', load: () => import('./start.ts') },
  status: { summary: 'show the nodes of a cluster, and what waits', load: () => import('./status.ts') },
  stop: { summary: 'end the nodes on this machine', load: () => import('./stop.ts') },
  submit: { summary: 'run a command on the cluster', load: () => import('./submit.ts') },
  job: { summary: 'list, show, follow and stop jobs', load: () => import('./job.ts') },
  list: { summary: 'list nodes, actors, tasks, objects, jobs, workers', load: () => import('./list.ts') },
  get: { summary: 'show one of them with all details', load: () => import('./get.ts') },
  summary: { summary: 'count tasks, actors or objects', load: () => import('./summary.ts') },
  dashboard: { summary: 'print a link that opens the dashboard', load: () => import('./dashboard.ts') },
  microbenchmark: { summary: 'measure what Aktis reaches on this machine', load: () => import('./microbenchmark.ts') },
  doctor: { summary: 'check whether this machine and project are ready', load: () => import('./doctor.ts') },
};
