import { expect, it } from "vitest";
import { placeOfNew, roomWithin } from "./places";

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

it("makes room for a node within an edge", () => {
  const nodes = [
    { id: "a", position: { x: 0, y: 0 } },
    { id: "b", position: { x: 280, y: 40 } },
    { id: "c", position: { x: 100, y: 200 } },
  ];

  expect(roomWithin(nodes, { source: "a", target: "b" })).toEqual({
    place: { x: 280, y: 20 },
    moved: { b: { x: 560, y: 40 } },
  });
  expect(roomWithin(nodes, { source: "b", target: "a" })).toBeNull();
  const far = [nodes[0], { id: "b", position: { x: 900, y: 0 } }] as typeof nodes;
  expect(roomWithin(far, { source: "a", target: "b" })?.moved).toEqual({});
});
