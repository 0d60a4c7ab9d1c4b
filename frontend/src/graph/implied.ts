/** Edges that the `next` of a case implies, with the exit of that case. */

import type { GraphRead } from "../client/types.gen";

/** The graph, in which such edges leave from the exits of their cases. */
export function withExitsOfCases(graph: GraphRead): GraphRead {
  if (!graph.edges.some((edge) => edge.implied && edge.handle === null)) return graph;
  const exits = new Map(graph.nodes.map((node) => [node.id, exitsByTarget(node.data.cases)]));
  const edges = graph.edges.map((edge) => {
    if (!edge.implied || edge.handle !== null) return edge;
    // Several cases may lead to one node: each edge gets the exit of another one.
    const handle = exits.get(edge.source)?.get(edge.target)?.shift();
    return handle ? { ...edge, handle } : edge;
  });
  return { ...graph, edges };
}

function exitsByTarget(cases: unknown): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const each of Array.isArray(cases) ? cases : []) {
    if (!each || typeof each !== "object" || each.next === undefined || each.next === null) continue;
    const exit = String(each.label ?? (each.else ? "else" : ""));
    found.set(String(each.next), [...(found.get(String(each.next)) ?? []), exit]);
  }
  return found;
}
