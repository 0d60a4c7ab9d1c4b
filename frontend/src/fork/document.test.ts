import { expect, it } from "vitest";
import type { GraphRead } from "../client/types.gen";
import { comparable, documentOf } from "./document";

const node = (id: string, x: number | null) => ({
  id,
  type: "transform",
  title: id,
  data: { value: 1 },
  handles: [""],
  position: x === null ? null : { x, y: 0 },
  pointer: null,
  runs: true,
});
const GRAPH: GraphRead = {
  nodes: [node("a", 5), node("b", null)],
  edges: [
    { source: "a", target: "b", handle: "hot", implied: false },
    { source: "a", target: "b", handle: null, implied: true },
  ],
  entries: ["a"],
};

it("writes a graph as it is saved, without implied edges", () => {
  expect(documentOf(GRAPH)).toEqual({
    nodes: [
      { id: "a", type: "transform", data: { value: 1 }, position: { x: 5, y: 0 } },
      { id: "b", type: "transform", data: { value: 1 } },
    ],
    edges: [{ id: "e0", source: "a", target: "b", sourceHandle: "hot" }],
  });
});

it("compares graphs without their positions", () => {
  const moved = { ...GRAPH, nodes: [node("b", 9), node("a", 7)] };

  expect(comparable(moved).edges).toEqual(comparable(GRAPH).edges);
  expect(comparable(moved).nodes).toEqual(comparable(GRAPH).nodes);
});
