/** Lay out a graph from left to right. */

import dagre from "@dagrejs/dagre";
import { BOX, GAP, type Point } from "./size";

export interface Outline {
  /** Ids of the nodes. */
  nodes: string[];
  edges: { source: string; target: string }[];
}

/** The left upper corner of each node. */
export function layOut({ nodes, edges }: Outline): Record<string, Point> {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({
    rankdir: "LR",
    ranksep: GAP.x,
    nodesep: GAP.y,
    ranker: nodes.length > 500 ? "longest-path" : undefined,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  const known = new Set(nodes);
  for (const id of nodes) graph.setNode(id, { ...BOX });
  edges.forEach(({ source, target }, index) => {
    if (known.has(source) && known.has(target)) graph.setEdge(source, target, {}, String(index));
  });
  dagre.layout(graph);
  return Object.fromEntries(nodes.map((id) => [id, corner(graph.node(id))]));
}

function corner({ x, y }: Point): Point {
  return { x: Math.round(x - BOX.width / 2), y: Math.round(y - BOX.height / 2) };
}
