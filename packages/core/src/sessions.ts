import { type Connection, loadConnector } from './connector.ts';
import { current, isLoadingModules } from './current-runtime.ts';
import { AktisError, ClusterUnreachableError, NodeDiedError } from './errors.ts';
import { openHistory } from './history.ts';
import { Node } from './node.ts';
import { declareQuestions } from './node-questions.ts';
import { openDashboard } from './open-dashboard.ts';
import type { InitOptions, Session } from './types.ts';

/** What becomes of joining a cluster, for nodes that do. */
const joined = new WeakMap<Node, Promise<Connection>>();
const connections = new WeakMap<Node, Connection>();
/** The dashboards of local sessions: on their way, and there. */
const opening = new WeakMap<Node, Promise<string | undefined>>();
const dashboardUrls = new WeakMap<Node, string>();

/** What `init` and `shutdown` do in a driver. */
export interface Sessions {
  /** Starts a node at once; it joins its cluster meanwhile, if the options name one. */
  start(options: InitOptions): Node;
  /** The same, and resolves when all of it is there. `here`: the stack of who asks for it. */
  open(options: InitOptions, here: string): Promise<Session>;
  of(node: Node): Session;
  end(node: Node, reason?: string): Promise<void>;
}

current.sessions = { start, open, of, end };

async function open(options: InitOptions, here: string): Promise<Session> {
  const node = start(options);
  await joined.get(node)?.catch((error: unknown) => {
    throw atInit(error, here);
  });
  const url = await opening.get(node);
  if (url !== undefined) dashboardUrls.set(node, url);
  const { signal } = options;
  if (signal?.aborted) await end(node, 'its signal was aborted');
  signal?.throwIfAborted();
  const onAbort = () => void end(node, 'its signal was aborted');
  signal?.addEventListener('abort', onAbort, { once: true });
  node.onEnd(() => signal?.removeEventListener('abort', onAbort));
  return of(node);
}

function start(options: InitOptions): Node {
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

/** Why no cluster could be joined is in the message: where in our code, or in that of NATS, that was found out is not for users. */
function atInit(error: unknown, here: string): unknown {
  if (!(error instanceof AktisError)) return error;
  error.stack = `${error.name}: ${error.message}\n${here}`;
  if (error.cause instanceof Error) error.cause.stack = `${error.cause.name}: ${error.cause.message}`;
  return error;
}

function of(node: Node): Session {
  return {
    nodeId: node.id,
    address: connections.get(node)?.address ?? 'local',
    dashboardUrl: connections.get(node)?.dashboardUrl ?? dashboardUrls.get(node),
    [Symbol.asyncDispose]: () => end(node),
  };
}
