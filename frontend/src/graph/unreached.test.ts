import { expect, it } from "vitest";
import type { GraphRead } from "../client/types.gen";
import type { Definition } from "./document";
import { withUnreached } from "./unreached";

//   start ─▶ end      a ─hot─▶ b      memo ─▶ a
const nodes = ["start", "end", "a", "b"].map((id) => ({ id }));
const compiled = {
  nodes,
  edges: [{ source: "start", target: "end", handle: null, implied: false }],
  entries: ["start"],
} as unknown as GraphRead;

it("adds the edges that the server leaves out, between nodes that are drawn", () => {
  const edges = [
    { source: "start", target: "end", sourceHandle: "out" },
    { source: "a", target: "b", sourceHandle: "hot" },
    { source: "memo", target: "a" },
  ];
  const definition = { name: "W", graph: { nodes, edges } } as Definition;

  expect(withUnreached(compiled, definition).edges).toEqual([
    ...compiled.edges,
    { source: "a", target: "b", handle: "hot", implied: false },
  ]);
  expect(withUnreached(compiled, { name: "W", graph: { nodes, edges: edges.slice(0, 1) } } as Definition)).toBe(
    compiled,
  );
});
