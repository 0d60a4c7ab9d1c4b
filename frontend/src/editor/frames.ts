/** Nodes that are moved on the canvas of the editor, with what is drawn in them. */

import type { NodeChange } from "@xyflow/react";
import { type Definition, nodesOf } from "../graph/document";
import { cornersOf } from "../graph/nesting";
import type { Point } from "../graph/size";
import type { BoxNode } from "../graph/view";

/** Changes of places, with those of all that is in what moves. */
export function withInner(
  changes: NodeChange<BoxNode>[],
  nodes: BoxNode[],
  outersFor: (id: string) => string[],
): NodeChange<BoxNode>[] {
  const before = new Map(nodes.map((node) => [node.id, node.position]));
  const moves = new Map<string, Point>();
  for (const change of changes) {
    const from = change.type === "position" ? before.get(change.id) : undefined;
    if (change.type !== "position" || !change.position || !from) continue;
    moves.set(change.id, { x: change.position.x - from.x, y: change.position.y - from.y });
  }
  if (moves.size === 0) return changes;
  const inner = nodes.flatMap(({ id, position }): NodeChange<BoxNode>[] => {
    const outer = moves.has(id) ? undefined : outersFor(id).find((each) => moves.has(each));
    const move = outer === undefined ? undefined : moves.get(outer);
    if (!move) return [];
    return [{ type: "position", id, position: { x: position.x + move.x, y: position.y + move.y } }];
  });
  return [...changes, ...inner];
}

/** The places of moved nodes in the document; of all nodes where it has none that are used. */
export function documentPlaces(
  moved: BoxNode[],
  nodes: BoxNode[],
  /** What was drawn before, and of which definition. */
  shown: { of: Definition; boxes: BoxNode[] },
  scale: number | null,
): Record<string, Point> {
  if (scale === null) return Object.fromEntries([...nodes, ...moved].map(({ id, position }) => [id, position]));
  const cornerOf = cornersOf(nodesOf(shown.of));
  const places = moved.map(({ id, type, position }): [string, Point] => {
    const from = shown.boxes.find((box) => box.id === id)?.position;
    if (type === "box" || !from) return [id, scaled(position, scale)];
    // A frame may be larger than the document says.
    const [corner, by] = [cornerOf(id), scaled({ x: position.x - from.x, y: position.y - from.y }, scale)];
    return [id, { x: corner.x + by.x, y: corner.y + by.y }];
  });
  return Object.fromEntries(places);
}

function scaled({ x, y }: Point, scale: number): Point {
  // Tenths, so that small moves after each other add up.
  const inDocument = (each: number) => Math.round((each * 10) / scale) / 10;
  return scale === 1 ? { x, y } : { x: inDocument(x), y: inDocument(y) };
}
