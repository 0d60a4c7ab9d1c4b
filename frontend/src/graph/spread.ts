/** Positions of a document may be too close for our boxes: then they are drawn further apart, in the same shape. */

import { BOX, type Point } from "./size";

/** Free space around each box: room for an edge and its label. */
const FREE = { x: 56, y: 20 };
const FACTORS = [1, 1.2, 1.4, 1.7, 2, 2.5];
/** Above this number of nodes, the search is left out. */
const MOST = 800;

/** How much positions are spread until no two boxes touch; null where that is not possible. */
export function spreadFactor(positions: Record<string, Point>): number | null {
  const points = Object.values(positions);
  return points.length > MOST ? 1 : (FACTORS.find((each) => !touches(points, each)) ?? null);
}

export function spread(positions: Record<string, Point>, factor: number): Record<string, Point> {
  if (factor === 1) return positions;
  return Object.fromEntries(
    Object.entries(positions).map(([id, { x, y }]) => [id, { x: Math.round(x * factor), y: Math.round(y * factor) }]),
  );
}

/** True if the boxes at two places are so near that they are drawn further apart. */
export function isNear(a: Point, b: Point, factor = 1): boolean {
  return Math.abs(a.x - b.x) * factor < BOX.width + FREE.x && Math.abs(a.y - b.y) * factor < BOX.height + FREE.y;
}

function touches(points: Point[], factor: number): boolean {
  return points.some((a, index) => points.slice(index + 1).some((b) => isNear(a, b, factor)));
}

/** The scale of a document while it is edited: an edit moves nothing but what it moves. */
export interface KeptScale {
  /** The first positions as JSON, and their scale; null: they are laid out. */
  first: { positions: string; scale: number | null };
  /** That of all later ones; null while they are laid out. */
  later: number | null;
  /** The last positions. */
  last: Record<string, Point>;
}

/** The scale of these positions, and what is kept of it for the next ones. */
export function keepScale(kept: KeptScale | null, positions: Record<string, Point>): [number | null, KeptScale] {
  const key = JSON.stringify(positions);
  if (!kept) {
    const scale = spreadFactor(positions);
    return [scale, { first: { positions: key, scale }, later: scale, last: positions }];
  }
  if (key === kept.first.positions) return [kept.first.scale, { ...kept, last: positions }];
  const later = (isLaidOut(positions, kept.last) ? null : kept.later) ?? spreadFactor(positions);
  return [later, { ...kept, later, last: positions }];
}

/** True where every node has another place, and not only all of them together. */
function isLaidOut(positions: Record<string, Point>, last: Record<string, Point>): boolean {
  const ways = Object.entries(positions).map(([id, { x, y }]) => {
    const before = last[id];
    return before && { x: x - before.x, y: y - before.y };
  });
  const [first] = ways;
  return ways.every((way) => way && (way.x || way.y)) && ways.some((way) => way?.x !== first?.x || way?.y !== first?.y);
}
