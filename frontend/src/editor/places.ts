/** Where a new node is put. */

import { type Definition, nodesOf } from "../graph/document";
import { BOX, GAP, type Point } from "../graph/size";

/** To the right of the chosen node, else of all; below what is there already. */
export function placeOfNew(definition: Definition, chosen: string | undefined): Point {
  const places = nodesOf(definition).flatMap((node) => node.position ?? []);
  const from = nodesOf(definition).find((node) => node.id === chosen)?.position ?? rightmost(places);
  return freePlace(definition, from ? { x: from.x + BOX.width + GAP.x, y: from.y } : { x: 0, y: 0 });
}

/** A place, or the next one below it that no box covers. */
export function freePlace(definition: Definition, { x, y }: Point): Point {
  const places = nodesOf(definition).flatMap((node) => node.position ?? []);
  const place = { x, y };
  while (places.some((each) => isOver(each, place))) place.y += BOX.height + GAP.y;
  return place;
}

/** Where a node within an edge is put, and the new places of those that make room for it; null where the edge leads back. */
export function roomWithin(
  nodes: { id: string; position: Point | null }[],
  way: { source: string; target: string },
): { place: Point; moved: Record<string, Point> } | null {
  const placeOf = (id: string) => nodes.find((node) => node.id === id)?.position;
  const [from, to] = [placeOf(way.source), placeOf(way.target)];
  if (!from || !to || to.x < from.x + BOX.width) return null;
  const place = { x: from.x + BOX.width + GAP.x, y: Math.round((from.y + to.y) / 2) };
  const missing = place.x + BOX.width + GAP.x - to.x;
  if (missing <= 0) return { place, moved: {} };
  const behind = nodes.flatMap(({ id, position }) => (position && position.x >= to.x ? [{ id, position }] : []));
  return {
    place,
    moved: Object.fromEntries(behind.map(({ id, position }) => [id, { x: position.x + missing, y: position.y }])),
  };
}

function rightmost(places: Point[]): Point | undefined {
  return places.reduce<Point | undefined>((best, each) => (best && best.x >= each.x ? best : each), undefined);
}

function isOver(a: Point, b: Point): boolean {
  return Math.abs(a.x - b.x) < BOX.width && Math.abs(a.y - b.y) < BOX.height;
}
