import type { CpuProfile, ProfileNode } from '../../../src/api-types.ts';

/** A function as called by its parent in the tree, with all the samples that came through this path. */
export interface Frame {
  readonly name: string;
  readonly url: string;
  /** From 1. */
  readonly line: number;
  readonly parent: Frame | undefined;
  readonly depth: number;
  readonly children: Frame[];
  /** Microseconds in it and in what it called. */
  total: number;
  /** Microseconds in itself. */
  self: number;
}

/** What a function took on all paths. */
export interface FunctionTime {
  readonly name: string;
  readonly url: string;
  readonly line: number;
  self: number;
  total: number;
}

const nameOf = ({ callFrame }: ProfileNode) => callFrame.functionName || '(anonymous)';

/** The tree of a profile: calls of the same function from the same place are one frame. */
export function treeOf(profile: CpuProfile): Frame {
  const byId = new Map(profile.nodes.map(node => [node.id, node]));
  const selfTimes = new Map<number, number>();
  for (const [index, id] of profile.samples.entries()) {
    // The time between one sample and the next belongs to the first.
    const delta = profile.timeDeltas[index + 1] ?? 0;
    selfTimes.set(id, (selfTimes.get(id) ?? 0) + Math.max(0, delta));
  }

  const build = (nodes: readonly ProfileNode[], parent: Frame | undefined): Frame => {
    const { callFrame } = nodes[0] as ProfileNode;
    const frame: Frame = {
      name: nameOf(nodes[0] as ProfileNode),
      url: callFrame.url,
      line: callFrame.lineNumber + 1,
      parent,
      depth: parent === undefined ? 0 : parent.depth + 1,
      children: [],
      total: 0,
      self: nodes.reduce((sum, { id }) => sum + (selfTimes.get(id) ?? 0), 0),
    };
    const groups = new Map<string, ProfileNode[]>();
    for (const id of nodes.flatMap(({ children }) => children ?? [])) {
      const child = byId.get(id);
      if (child === undefined) continue;
      const key = `${nameOf(child)} ${child.callFrame.url} ${child.callFrame.lineNumber}`;
      groups.set(key, [...(groups.get(key) ?? []), child]);
    }
    for (const group of groups.values()) {
      const child = build(group, frame);
      if (child.total > 0) frame.children.push(child);
    }
    frame.children.sort((a, b) => b.total - a.total);
    frame.total = frame.self + frame.children.reduce((sum, child) => sum + child.total, 0);
    return frame;
  };
  return build([profile.nodes[0] as ProfileNode], undefined);
}

/** All frames that are at least so many microseconds wide, parents before children. */
export function* framesOf(root: Frame, atLeast = 0): Generator<Frame> {
  const stack = [root];
  for (let frame = stack.pop(); frame !== undefined; frame = stack.pop()) {
    yield frame;
    for (const child of frame.children) if (child.total >= atLeast) stack.push(child);
  }
}

/** The functions by the time in themselves. Of a recursion only the outermost call counts for the total. */
export function functionTimes(root: Frame): FunctionTime[] {
  const times = new Map<string, FunctionTime>();
  const keyOf = ({ name, url, line }: Frame) => `${name} ${url} ${line}`;
  const isInItself = (frame: Frame) => {
    for (let above = frame.parent; above !== undefined; above = above.parent) {
      if (keyOf(above) === keyOf(frame)) return true;
    }
    return false;
  };
  for (const frame of framesOf(root)) {
    const { name, url, line } = frame;
    const time = times.get(keyOf(frame)) ?? { name, url, line, self: 0, total: 0 };
    time.self += frame.self;
    if (!isInItself(frame)) time.total += frame.total;
    times.set(keyOf(frame), time);
  }
  return [...times.values()].sort((a, b) => b.self - a.self);
}

/** Not the program's: the engine's own states. */
export function isIdle({ name }: { name: string }): boolean {
  return name === '(idle)' || name === '(program)' || name === '(root)';
}
