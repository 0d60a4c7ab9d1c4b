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
