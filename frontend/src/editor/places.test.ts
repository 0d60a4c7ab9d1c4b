import { expect, it } from "vitest";
import { placeOfNew } from "./places";

const graph = (places: [number, number][]) => ({
  name: "W",
  graph: { nodes: places.map(([x, y], n) => ({ id: `n${n}`, position: { x, y } })), edges: [] },
});

it("puts a node beside the chosen one, and over no other", () => {
  expect(placeOfNew(graph([]), undefined)).toEqual({ x: 0, y: 0 });
  expect(
    placeOfNew(
      graph([
        [0, 0],
        [500, 40],
      ]),
      undefined,
    ),
  ).toEqual({ x: 780, y: 40 });
  expect(
    placeOfNew(
      graph([
        [0, 0],
        [280, 10],
      ]),
      "n0",
    ),
  ).toEqual({ x: 280, y: 88 });
});
