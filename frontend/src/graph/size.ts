/** Sizes of what a canvas draws, known before it is drawn. */

export const BOX = { width: 200, height: 56 };
/** Between boxes that are laid out automatically. */
export const GAP = { x: 80, y: 32 };

export interface Point {
  x: number;
  y: number;
}
