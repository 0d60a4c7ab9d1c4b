/** Edges of a document between nodes that no path leads to: they never count, so the server leaves them out of a graph. */

import type { GraphRead } from "../client/types.gen";
import { type Definition, edgesOf } from "./document";
import { drawnEdge } from "./sketch";

/** The graph with these edges, so that what is drawn stays in sight. */
export function withUnreached(graph: GraphRead, definition: Definition): GraphRead {
  const ids = new Set(graph.nodes.map((node) => node.id));
  const joined = new Set(graph.edges.map(({ source, target }) => JSON.stringify([source, target])));
  const left = edgesOf(definition)
    .map(drawnEdge)
    .filter(
      ({ source, target }) => ids.has(source) && ids.has(target) && !joined.has(JSON.stringify([source, target])),
    );
  return left.length ? { ...graph, edges: [...graph.edges, ...left] } : graph;
}
