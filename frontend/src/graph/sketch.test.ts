import { expect, it } from "vitest";
import type { Definition } from "./document";
import { sketchOf } from "./sketch";

//   a ─▶ b ─hot─▶ a    a loop that the server refuses
it("draws what the server does not compile", () => {
  const graph = {
    nodes: [
      { id: "a", type: "start", position: { x: 1, y: 2 } },
      { id: "b", type: "branch", data: { name: "B", cases: [{ label: "hot", next: "a" }, { else: true }, 7] } },
    ],
    edges: [
      { source: "a", target: "b", sourceHandle: "" },
      { source: "a", target: "gone" },
    ],
  };

  const sketch = sketchOf({ name: "W", graph } as unknown as Definition, null);

  expect(sketch.nodes).toMatchObject([
    { id: "a", title: "a", position: { x: 1, y: 2 }, pointer: "/graph/nodes/0/data" },
    { id: "b", title: "B", position: null, handles: ["hot", "else", "error"] },
  ]);
  expect(sketch.edges).toEqual([
    { source: "a", target: "b", handle: null, implied: false },
    { source: "b", target: "a", handle: "hot", implied: true },
  ]);
});

it("draws nothing where there is no graph", () => {
  expect(sketchOf({ name: "W" } as Definition, null)).toEqual({ nodes: [], edges: [], entries: [] });
});
