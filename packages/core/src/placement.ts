import type { CallableOptions } from './callable.ts';
import { UnschedulableError } from './errors.ts';
import type { Node } from './node.ts';
import { type ResourceMap, ResourceShape } from './resources.ts';
import type { Scheduler } from './scheduler.ts';
import type { LabelSelector, SchedulingStrategy } from './types.ts';

/** Whose resources some work uses (the node's, or those a placement group has reserved), and what it demands there. */
export interface Placement {
  readonly key: string;
  readonly scheduler: Scheduler;
  shape(resources: ResourceMap): ResourceShape;
  /** Whether this node is one of those where it may run. */
  readonly here: boolean;
}

/** Finds where work with these options may run. Throws `UnschedulableError` when no node ever qualifies. */
export function placementOf(node: Node, options: CallableOptions): Placement {
  const { schedulingStrategy: strategy, labelSelector } = options;
  if (node.elsewhere !== null && !namesGroup(strategy)) {
    const key = strategy === undefined && labelSelector === undefined ? '' : JSON.stringify([strategy, labelSelector]);
    const here = node.elsewhere.allowsHere(options);
    return { key, scheduler: node.scheduler, shape: resources => ResourceShape.of(resources), here };
  }
  if (labelSelector !== undefined) demandLabels(node, labelSelector);
  if (typeof strategy === 'object') {
    if ('nodeId' in strategy && strategy.nodeId !== node.id && strategy.soft !== true) {
      throw new UnschedulableError(
        `schedulingStrategy asks for node ${strategy.nodeId}, which is not here; nodes() lists the living ones. ` +
          'Add soft: true to let it run elsewhere',
      );
    }
    if ('labels' in strategy && strategy.labels.hard !== undefined) demandLabels(node, strategy.labels.hard);
    if ('placementGroup' in strategy) return { ...node.placementGroups.placement(strategy), here: true };
  }
  return { key: '', scheduler: node.scheduler, shape: resources => ResourceShape.of(resources), here: true };
}

function namesGroup(strategy: SchedulingStrategy | undefined): boolean {
  return typeof strategy === 'object' && 'placementGroup' in strategy;
}

function demandLabels(node: Node, selector: LabelSelector): void {
  const labels: Readonly<Record<string, string>> = node.options.labels ?? {};
  for (const [name, wanted] of Object.entries(selector)) {
    const matches = [wanted].flat().includes(labels[name] ?? '');
    if (matches) continue;
    throw new UnschedulableError(
      `No node has the label ${name}=${[wanted].flat().join('|')}: this one has ${JSON.stringify(labels)}. Give it with init({ labels })`,
    );
  }
}
