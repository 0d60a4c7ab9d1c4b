import { expect, test } from "vitest";
import { keepScale, spread, spreadFactor } from "./spread";

const FAR = { a: { x: 0, y: 0 }, b: { x: 300, y: 0 } };
const NEAR = { a: { x: 0, y: 0 }, b: { x: 150, y: 0 } };
const STACKED = { a: { x: 0, y: 0 }, b: { x: 1, y: 1 } };

test("positions are scaled until no two boxes touch", () => {
  expect(spreadFactor(FAR)).toBe(1);
  expect(spreadFactor(NEAR)).toBe(2);
  expect(spreadFactor(STACKED)).toBeNull();
  expect(spread(NEAR, 2)).toEqual({ a: { x: 0, y: 0 }, b: { x: 300, y: 0 } });
});

test("an edit keeps the scale that was drawn first", () => {
  const [, kept] = keepScale(null, FAR);
  expect(keepScale(kept, { ...FAR, b: { x: 10, y: 0 } })[0]).toBe(1);
  expect(keepScale(kept, { ...FAR, c: { x: 0, y: 0 } })[0]).toBe(1);
  expect(keepScale(keepScale(null, NEAR)[1], { ...NEAR, c: { x: 900, y: 0 } })[0]).toBe(2);
});

test("nodes that are moved together keep their scale", () => {
  const [, kept] = keepScale(null, NEAR);
  expect(keepScale(kept, { a: { x: 9, y: 9 }, b: { x: 159, y: 9 } })[0]).toBe(2);
});

test("a new layout has a scale of its own", () => {
  const [, kept] = keepScale(null, NEAR);
  expect(keepScale(kept, { a: { x: 10, y: 0 }, b: { x: 400, y: 0 } })[0]).toBe(1);
});

test("positions that were laid out are drawn as they are once they are saved, and laid out again when that is undone", () => {
  const [first, kept] = keepScale(null, STACKED);
  const [saved, later] = keepScale(kept, { a: { x: 5, y: 9 }, b: { x: 280, y: 0 } });
  expect([first, saved]).toEqual([null, 1]);
  expect(keepScale(later, STACKED)[0]).toBeNull();
});
