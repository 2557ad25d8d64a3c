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
  drain: { summary: 'let a node leave in good order', load: () => import('./drain.ts') },
  up: { summary: 'bring up the cluster that a file describes', load: () => import('./up.ts') },
  down: { summary: 'end the cluster that a file describes', load: () => import('./down.ts') },
  exec: { summary: 'run a command on the head of that cluster', load: () => import('./exec.ts') },
  attach: { summary: 'open a shell on the head of that cluster', load: () => import('./attach.ts') },
  submit: { summary: 'run a command on the cluster', load: () => import('./submit.ts') },
  job: { summary: 'list, show, follow and stop jobs', load: () => import('./job.ts') },
  list: { summary: 'list nodes, actors, tasks, objects, jobs, workers', load: () => import('./list.ts') },
  get: { summary: 'show one of them with all details', load: () => import('./get.ts') },
  summary: { summary: 'count tasks, actors or objects', load: () => import('./summary.ts') },
  logs: { summary: 'list logs, or show and follow one', load: () => import('./logs.ts') },
  memory: { summary: 'show which objects take memory, and who holds them', load: () => import('./memory.ts') },
  timeline: { summary: 'write when and where tasks ran, as a Chrome trace', load: () => import('./timeline.ts') },
  stack: { summary: 'show what workers execute at this moment', load: () => import('./stack.ts') },
  profile: { summary: 'measure where a worker spends its time', load: () => import('./profile.ts') },
  top: { summary: 'watch nodes, tasks, workers and actors', load: () => import('./top.ts') },
  dashboard: { summary: 'print a link that opens the dashboard', load: () => import('./dashboard.ts') },
  microbenchmark: { summary: 'measure what Aktis reaches on this machine', load: () => import('./microbenchmark.ts') },
  doctor: { summary: 'check whether this machine and project are ready', load: () => import('./doctor.ts') },
};
