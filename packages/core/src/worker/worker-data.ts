/** What a worker is born with. */
export interface WorkerData {
  readonly nodeId: string;
  readonly jobId: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Counts the node's workers from 1. */
  readonly number: number;
  readonly workerId: string;
  /** The claim ring. */
  readonly ring: SharedArrayBuffer;
  /** Modules that register plugins, to be imported first. */
  readonly plugins: readonly string[];
  /** The driver's script, imported before any other user module. */
  readonly entry: string | undefined;
  /** The driver can load TypeScript. */
  readonly typescript: boolean;
  /** The driver was started by a test runner, whose own modules the user's code may import. */
  readonly testRunner: boolean;
  /** `runtimeEnv.setup`: imported before the entry. */
  readonly setup: string | undefined;
  /** URL of the bundle that user code is taken from instead of files: the program of a job that another node started. */
  readonly bundle: string | undefined;
  readonly isInline: boolean;
}
