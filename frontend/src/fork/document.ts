/** A compiled graph as the document of a graph workflow, and what of two graphs can be compared. */

import type { GraphRead } from "../client/types.gen";

/** The nodes and edges as they are saved; edges that follow from `next` are not in it. */
export function documentOf(graph: GraphRead) {
  return {
    nodes: graph.nodes.map(({ id, type, data, position }) => ({ id, type, data, ...(position ? { position } : {}) })),
    edges: graph.edges
      .filter((edge) => !edge.implied)
      .map(({ source, target, handle }, index) => ({
        id: `e${index}`,
        source,
        target,
        ...(handle === null ? {} : { sourceHandle: handle }),
      })),
  };
}

/** A graph without what does not matter to how it runs: nodes by their ids, and edges as a list of ways. */
export function comparable(graph: GraphRead) {
  return {
    nodes: Object.fromEntries(graph.nodes.map(({ id, type, data }) => [id, { type, data }])),
    edges: graph.edges.map(({ source, target, handle }) => `${source}${handle ? `:${handle}` : ""} → ${target}`).sort(),
  };
}
