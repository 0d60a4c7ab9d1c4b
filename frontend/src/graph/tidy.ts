/** Tidy a document: which nodes are laid out, and what becomes of it. */

import type { GraphRead } from "../client/types.gen";
import { type Definition, type DocumentNode, moveNodes, nodesOf, withNode } from "./document";
import { drawingsIn, sizeOf } from "./drawings";
import type { Outline } from "./layout";
import { cornersOf, outersOf } from "./nesting";
import type { Point, Rect, Size } from "./size";

/** What is laid out: these nodes with all that is in them; without ids all nodes but the notes outside of groups. */
export function outlineOf(definition: Definition, graph: GraphRead, ids?: ReadonlySet<string>): Outline {
  const outersFor = outersOf(nodesOf(definition));
  const drawings = new Set(drawingsIn(definition));
  const known = new Map(nodesOf(definition).map((node) => [String(node.id), node]));
  const isWanted = (id: string) => !ids || [id, ...outersFor(id)].some((each) => ids.has(each));
  const all = [...new Set([...graph.nodes.map((node) => node.id), ...drawings])].filter(isWanted);
  const groups = new Set(all.filter((id) => drawings.has(id)));
  const parents = new Map<string, string>();
  for (const id of all) {
    const outers = outersFor(id);
    const group = outers.find((outer) => groups.has(outer));
    if (group !== undefined && !outers.includes(id)) parents.set(id, group);
  }
  const isFree = (id: string) => drawings.has(id) && !parents.has(id) && known.get(id)?.type !== "group";
  const sizes = new Map<string, Size>();
  for (const id of groups) {
    const size = sizeOf(known.get(id) as DocumentNode);
    if (size) sizes.set(id, size);
  }
  return { nodes: all.filter((id) => !isFree(id)), edges: graph.edges, parents, sizes };
}

/** The definition with all that was laid out at its place, and its groups as large as what is in them. */
export function tidied(
  definition: Definition,
  outline: Outline,
  rects: Record<string, Rect>,
  isPart: boolean,
): Definition {
  const places = isPart ? fromCorner(rects, outline, definition) : rects;
  const groups = new Set(outline.parents?.values());
  return [...groups].reduce(
    (now, id) => withNode(now, id, (node) => resized(node, rects[id] as Rect)),
    moveNodes(definition, places),
  );
}

function resized(node: DocumentNode, { width, height }: Size): DocumentNode {
  const { style } = node;
  // A size of the style wins.
  if (style && typeof style === "object" && ("width" in style || "height" in style))
    return { ...node, style: { ...style, width, height } };
  return { ...node, width, height };
}

/** Places that were laid out, from the corner of where the nodes are now. */
function fromCorner(rects: Record<string, Rect>, { nodes }: Outline, definition: Definition): Record<string, Point> {
  const now = leastOf(nodes.map(cornersOf(nodesOf(definition))));
  const laid = leastOf(Object.values(rects));
  return Object.fromEntries(
    Object.entries(rects).map(([id, { x, y }]) => [id, { x: x - laid.x + now.x, y: y - laid.y + now.y }]),
  );
}

function leastOf(points: Point[]): Point {
  return { x: Math.min(...points.map(({ x }) => x)), y: Math.min(...points.map(({ y }) => y)) };
}
