/** Sizes of what a canvas draws, known before it is drawn. */

export interface Size {
  width: number;
  height: number;
}

export type Rect = Point & Size;

export const BOX: Size = { width: 200, height: 56 };
/** Between the edge of a group and what is in it; above it is its name. */
export const FRAME = { side: 24, top: 40 };
/** Between boxes that are laid out automatically. */
export const GAP = { x: 80, y: 32 };

export interface Point {
  x: number;
  y: number;
}
