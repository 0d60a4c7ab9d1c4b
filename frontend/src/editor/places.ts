/** Where a new node is put. */

import { type Definition, nodesOf } from "../graph/document";
import { BOX, GAP, type Point } from "../graph/size";

/** To the right of the chosen node, else of all; below what is there already. */
export function placeOfNew(definition: Definition, chosen: string | undefined): Point {
  const places = nodesOf(definition).flatMap((node) => node.position ?? []);
  const from = nodesOf(definition).find((node) => node.id === chosen)?.position ?? rightmost(places);
  const place = from ? { x: from.x + BOX.width + GAP.x, y: from.y } : { x: 0, y: 0 };
  while (places.some((each) => isOver(each, place))) place.y += BOX.height + GAP.y;
  return place;
}

function rightmost(places: Point[]): Point | undefined {
  return places.reduce<Point | undefined>((best, each) => (best && best.x >= each.x ? best : each), undefined);
}

function isOver(a: Point, b: Point): boolean {
  return Math.abs(a.x - b.x) < BOX.width && Math.abs(a.y - b.y) < BOX.height;
}
