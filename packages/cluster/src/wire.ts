import type { Link } from '@aktis/transport';

/** What stands between a node and its links: tests cut and hold them here. */
export interface Wire {
  /** Before a link to that node is opened. Throws when it cannot be reached. */
  dial(nodeId: string): void;
  /** The link to use instead of `link`, which that node opened, or which was opened to it. */
  through(link: Link, nodeId: string): Link;
}
