/** The effects of a test in words: how many nodes of each type do something outside. */

import type { PlannedTest } from "../api/tests";

/** "2 × HTTP call, 1 × Send notification"; empty where nothing is done outside. */
export function effectsText(effects: PlannedTest["effects"], titleOf: (type: string) => string | undefined): string {
  const counts = new Map<string, number>();
  for (const { type } of effects) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => `${count} × ${titleOf(type) ?? type}`).join(", ");
}

/** The nodes of the graph that have effects; one inside a graph in place counts for the node around it. */
export function nodesWithEffects(effects: PlannedTest["effects"], ids: ReadonlySet<string>): Set<string> {
  return new Set(effects.map(({ node_id }) => (ids.has(node_id) ? node_id : (node_id.split("/")[0] as string))));
}
