/** Groups and notes: nodes of a document that are drawn, and never run. */

import { type Definition, type DocumentNode, nodesOf } from "./document";
import { cornersOf, outersOf } from "./nesting";
import { BOX, FRAME, type Point, type Rect, type Size } from "./size";

export interface Drawing extends Rect {
  id: string;
  type: string;
  text: string;
  /** How many others it is drawn in. */
  depth: number;
}

/** The types that the server does not run. */
const TYPES = new Set(["group", "note", "sticky", "stickyNote", "annotation"]);
/** Members of its data that may have its text. */
const TEXTS = ["label", "title", "name", "text", "content", "note"];
const USUAL: Size = { width: 240, height: 120 };

export function isDrawing({ type }: { type?: string }): boolean {
  return TYPES.has(type ?? "");
}

/** The ids of the drawings of a definition. */
export function drawingsIn(definition: Definition): string[] {
  return nodesOf(definition)
    .filter(isDrawing)
    .map((node) => String(node.id));
}

/** The drawings of a definition, as they are searched. */
export function findable(
  definition: Definition,
): { id: string; title: string; type: string; data: Record<string, unknown> }[] {
  return nodesOf(definition)
    .filter(isDrawing)
    .map((node) => ({ id: String(node.id), title: textOf(node), type: String(node.type), data: node.data ?? {} }));
}

/** The size that a document gives a node. */
export function sizeOf({ width, height, style, measured }: DocumentNode): Size | null {
  const given = [style, { width, height }, measured].find((each): each is Size => {
    const size = each as Partial<Size> | undefined;
    return Number.isFinite(size?.width) && Number.isFinite(size?.height);
  });
  return given ? { width: given.width, height: given.height } : null;
}

/**
 * The drawings of a definition, outer ones first, beside boxes at these places.
 *
 * A group is as large as its document says, and at least as large as what is in it. Places of the document are
 * multiplied with the scale; null: they are not used where there is something in the group.
 */
export function drawingsOf(definition: Definition, places: Record<string, Point>, scale: number | null): Drawing[] {
  const nodes = nodesOf(definition);
  const cornerOf = cornersOf(nodes);
  const outersFor = outersOf(nodes);
  const rects = new Map(Object.entries(places).map(([id, place]): [string, Rect] => [id, { ...place, ...BOX }]));
  const deepest = nodes
    .filter(isDrawing)
    .map((node) => ({ node, id: String(node.id), outers: outersFor(String(node.id)) }))
    .sort((a, b) => b.outers.length - a.outers.length);
  const inside = new Map<string, string[]>();
  for (const id of new Set([...rects.keys(), ...deepest.map((each) => each.id)])) {
    for (const outer of outersFor(id)) if (!inside.get(outer)?.push(id)) inside.set(outer, [id]);
  }
  const found = deepest.map(({ node, id, outers }) => {
    const { x, y } = cornerOf(id);
    const own = { x: x * (scale ?? 1), y: y * (scale ?? 1), ...(sizeOf(node) ?? USUAL) };
    const around = frameOf((inside.get(id) ?? []).flatMap((each) => rects.get(each) ?? []));
    const isOwn = scale !== null && sizeOf(node) !== null;
    const rect = !around ? own : isOwn ? joined(own, around) : around;
    rects.set(id, rect);
    return { id, type: String(node.type), text: textOf(node), depth: outers.length, ...rect };
  });
  return found.reverse();
}

function frameOf(rects: Rect[]): Rect | null {
  if (rects.length === 0) return null;
  const { x, y, width, height } = rects.reduce(joined);
  return {
    x: x - FRAME.side,
    y: y - FRAME.top,
    width: width + 2 * FRAME.side,
    height: height + FRAME.top + FRAME.side,
  };
}

function joined(a: Rect, b: Rect): Rect {
  const [x, y] = [Math.min(a.x, b.x), Math.min(a.y, b.y)];
  const right = Math.max(a.x + a.width, b.x + b.width);
  const bottom = Math.max(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}

function textOf({ id, type, data }: DocumentNode): string {
  const text = TEXTS.map((key) => data?.[key]).find((each) => typeof each === "string" && each.trim());
  return typeof text === "string" ? text.trim() : type === "group" ? String(id) : "";
}
