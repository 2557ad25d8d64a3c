import type { CallableOptions } from './callable.ts';
import { UnschedulableError } from './errors.ts';
import { labelRules, matches, unmatched } from './label-selector.ts';
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

/**
 * Finds where work with these options may run. Throws `UnschedulableError` when no node ever qualifies.
 *
 * @param isForOthers another node has sent the work here, and knew why
 */
export function placementOf(node: Node, options: CallableOptions, isForOthers = false): Placement {
  const { schedulingStrategy: strategy, labelSelector } = options;
  if (isForOthers && !namesGroup(strategy)) return anywhere(node);
  if (node.elsewhere !== null && !namesGroup(strategy)) {
    const key = strategy === undefined && labelSelector === undefined ? '' : JSON.stringify([strategy, labelSelector]);
    const here = node.elsewhere.allowsHere(options);
    return { key, scheduler: node.scheduler, shape: resources => ResourceShape.of(resources), here };
  }
  if (node.elsewhere !== null && typeof strategy === 'object' && 'placementGroup' in strategy) {
    return { ...node.placementGroups.placement(strategy), here: true };
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
  return anywhere(node);
}

function anywhere(node: Node): Placement {
  return { key: '', scheduler: node.scheduler, shape: resources => ResourceShape.of(resources), here: true };
}

function namesGroup(strategy: SchedulingStrategy | undefined): boolean {
  return typeof strategy === 'object' && 'placementGroup' in strategy;
}

function demandLabels(node: Node, selector: LabelSelector): void {
  const labels = node.options.labels ?? {};
  const rules = labelRules(selector);
  if (matches(rules, labels)) return;
  throw new UnschedulableError(
    `No node has the label ${unmatched(rules, [labels])}: this one has ${JSON.stringify(labels)}. Give it with init({ labels })`,
  );
}
