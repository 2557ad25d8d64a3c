import { type Connection, loadConnector } from '../connector.ts';
import { current, currentWorker, isLoadingModules } from '../current-runtime.ts';
import { openDashboard } from '../dashboard.ts';
import { AktisError, AlreadyInitializedError, ClusterUnreachableError, NodeDiedError } from '../errors.ts';
import { openHistory } from '../history.ts';
import { Node } from '../node.ts';
import { declareQuestions } from '../node-questions.ts';
import { initOptions } from '../options/index.ts';
import { stackHere } from '../stack.ts';
import type { InitOptions, Session } from '../types.ts';
import { executions } from '../worker/execution.ts';
import { atCaller, checkedFor } from './at-caller.ts';

current.start = () => startNode({});

/**
 * Starts a local node, or joins a cluster. Calls made before `init` start a local node by themselves.
 *
 * In a worker, where the driver's script is loaded for what it defines, `init` never returns: the body of the script ends
 * there.
 *
 * @throws AlreadyInitializedError when a session is running already, unless `ignoreReinitError` is set.
 * @example
 * await init({ numCpus: 4 });
 */
export async function init(options?: InitOptions): Promise<Session> {
  const worker = currentWorker();
  if (worker !== undefined && executions.getStore() !== undefined) return sessionOfTask(worker.nodeId, options);
  if (worker !== undefined) {
    worker.loader.initReached();
    return new Promise<never>(() => {});
  }
  const valid = checkedFor(init, initOptions, options);
  if (current.node !== undefined && !current.node.isEnding) {
    if (valid.ignoreReinitError === true) return sessionOf(current.node);
    throw atCaller(alreadyInitialized(), init);
  }
  if (current.node !== undefined) await current.node.shutdown();
  valid.signal?.throwIfAborted();
  const here = stackHere();
  const node = startNode(valid);
  await joined.get(node)?.catch((error: unknown) => {
    throw atInit(error, here);
  });
  const url = await opening.get(node);
  if (url !== undefined) dashboardUrls.set(node, url);
  if (valid.signal?.aborted) await end(node, 'its signal was aborted');
  valid.signal?.throwIfAborted();
  const onAbort = () => void end(node, 'its signal was aborted');
  valid.signal?.addEventListener('abort', onAbort, { once: true });
  node.onEnd(() => valid.signal?.removeEventListener('abort', onAbort));
  return sessionOf(node);
}

/** Ends everything this program started: what is unfinished is rejected, threads end. Idempotent; runs by itself at exit. */
export async function shutdown(): Promise<void> {
  if (current.worker !== undefined) return;
  const { node } = current;
  if (node !== undefined) await end(node);
}

/** Whether a session is running in this program. */
export function isInitialized(): boolean {
  return current.worker !== undefined || (current.node !== undefined && !current.node.isEnding);
}

/** What becomes of joining a cluster, for nodes that do. */
const joined = new WeakMap<Node, Promise<Connection>>();
const connections = new WeakMap<Node, Connection>();
/** The dashboards of local sessions: on their way, and there. */
const opening = new WeakMap<Node, Promise<string | undefined>>();
const dashboardUrls = new WeakMap<Node, string>();

function startNode(options: InitOptions): Node {
  const address = options.address ?? process.env.AKTIS_ADDRESS ?? 'local';
  if (isLoadingModules()) throw new NodeDiedError('A worker that is loading modules starts no session');
  // A driver that joins a cluster lets others work, unless it asks for more.
  const node = new Node(address === 'local' ? options : { numCpus: 0, memory: 0, ...options });
  declareQuestions(node);
  current.node = node;
  if (address !== 'local') {
    const joining = join(node, address);
    joined.set(node, joining);
    // Whoever awaits init() learns of it; calls made without init() learn that the session has ended.
    joining.catch(() => {});
  } else {
    openHistory(node);
    opening.set(node, openDashboard(node));
  }
  const onExit = () => void end(node);
  process.once('beforeExit', onExit);
  node.onEnd(() => process.off('beforeExit', onExit));
  return node;
}

async function join(node: Node, address: string): Promise<Connection> {
  try {
    const connector = await loadConnector();
    if (connector === undefined) {
      throw new ClusterUnreachableError(
        `Cannot join a cluster at ${address}: import 'aktis' rather than '@aktis/core'`,
      );
    }
    const connection = await connector.connect(node, address);
    connections.set(node, connection);
    return connection;
  } catch (error) {
    await end(node, `no cluster could be joined: ${(error as Error).message}`);
    throw error;
  }
}

async function end(node: Node, reason?: string): Promise<void> {
  await node.shutdown(reason);
  if (current.node === node) current.node = undefined;
}

/** A task runs in a session already, which is not its to end. */
function sessionOfTask(nodeId: string, options: InitOptions | undefined): Session {
  if (options?.ignoreReinitError !== true) throw alreadyInitialized();
  return { nodeId, address: 'local', dashboardUrl: undefined, [Symbol.asyncDispose]: async () => {} };
}

/** Why no cluster could be joined is in the message: where in our code, or in that of NATS, that was found out is not for users. */
function atInit(error: unknown, here: string): unknown {
  if (!(error instanceof AktisError)) return error;
  error.stack = `${error.name}: ${error.message}\n${here}`;
  if (error.cause instanceof Error) error.cause.stack = `${error.cause.name}: ${error.cause.message}`;
  return error;
}

function alreadyInitialized(): AlreadyInitializedError {
  return new AlreadyInitializedError(
    'init() was called twice: this program has a session already. Call shutdown() first, or pass ignoreReinitError: true',
  );
}

function sessionOf(node: Node): Session {
  return {
    nodeId: node.id,
    address: connections.get(node)?.address ?? 'local',
    dashboardUrl: connections.get(node)?.dashboardUrl ?? dashboardUrls.get(node),
    [Symbol.asyncDispose]: () => end(node),
  };
}
