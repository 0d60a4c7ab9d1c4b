/** Lay out a graph from left to right; what is in a group is laid out first, and the group is one box then. */

import dagre from "@dagrejs/dagre";
import { BOX, FRAME, GAP, type Point, type Rect, type Size } from "./size";

export interface Outline {
  /** Ids of the nodes and the groups. */
  nodes: string[];
  edges: { source: string; target: string }[];
  /** The group that a node or a group is in. */
  parents?: ReadonlyMap<string, string>;
  /** Of those that are no boxes; a group has the size of what is in it. */
  sizes?: ReadonlyMap<string, Size>;
}

type Ends = (string | undefined)[];

/** The place and the size of each node and group on the canvas. */
export function layOut({ nodes, edges, parents = new Map(), sizes = new Map() }: Outline): Record<string, Rect> {
  const members = new Map<string | undefined, string[]>();
  for (const id of nodes) {
    const group = parents.get(id);
    if (!members.get(group)?.push(id)) members.set(group, [id]);
  }
  const memberOf = (group: string | undefined, id: string): string | undefined => {
    let at: string | undefined = id;
    while (at !== undefined && parents.get(at) !== group) at = parents.get(at);
    return at;
  };
  /** The places from the corner of a group, with the size of all of them. */
  const arrange = (group: string | undefined): { rects: Map<string, Rect>; size: Size } => {
    const ids = members.get(group) ?? [];
    const inner = new Map(ids.filter((id) => members.has(id)).map((id) => [id, arrange(id)]));
    const own = new Map(ids.map((id) => [id, inner.get(id)?.size ?? sizes.get(id) ?? BOX]));
    const ends = edges.map(({ source, target }): Ends => [memberOf(group, source), memberOf(group, target)]);
    const rects = rectsOf(own, ends);
    const size = sizeAround([...rects.values()]);
    for (const [id, { rects: within }] of inner) {
      const corner = rects.get(id) as Rect;
      for (const [each, rect] of within)
        rects.set(each, { ...rect, x: corner.x + FRAME.side + rect.x, y: corner.y + FRAME.top + rect.y });
    }
    return { rects, size };
  };
  return Object.fromEntries(arrange(undefined).rects);
}

/** Boxes of these sizes, laid out by the edges between them. */
function rectsOf(sizes: ReadonlyMap<string, Size>, edges: Ends[]): Map<string, Rect> {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({
    rankdir: "LR",
    ranksep: GAP.x,
    nodesep: GAP.y,
    ranker: sizes.size > 500 ? "longest-path" : undefined,
  });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const [id, size] of sizes) graph.setNode(id, { ...size });
  edges.forEach(([source = "", target = ""], index) => {
    if (source !== target && sizes.has(source) && sizes.has(target)) graph.setEdge(source, target, {}, String(index));
  });
  dagre.layout(graph);
  return new Map([...sizes].map(([id, size]) => [id, { ...cornerOf(graph.node(id), size), ...size }]));
}

function cornerOf({ x, y }: Point, { width, height }: Size): Point {
  return { x: Math.round(x - width / 2), y: Math.round(y - height / 2) };
}

/** The size of a group around what is in it. */
function sizeAround(rects: Rect[]): Size {
  return {
    width: Math.max(...rects.map(({ x, width }) => x + width)) + 2 * FRAME.side,
    height: Math.max(...rects.map(({ y, height }) => y + height)) + FRAME.top + FRAME.side,
  };
}
