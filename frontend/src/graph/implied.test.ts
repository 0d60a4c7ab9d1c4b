import { expect, it } from "vitest";
import type { GraphRead } from "../client/types.gen";
import { withExitsOfCases } from "./implied";

it("lets edges of a next leave from the exits of their cases", () => {
  const cases = [{ label: "hot", next: "a" }, { label: "warm", next: "a" }, { else: true, next: "b" }, null];
  const edge = (target: string, more: object = {}) => ({ source: "ask", target, handle: null, implied: true, ...more });
  const graph = {
    nodes: [{ id: "ask", data: { cases } }],
    edges: [edge("a"), edge("a"), edge("b"), edge("c"), edge("a", { implied: false })],
    entries: [],
  } as unknown as GraphRead;

  const handles = withExitsOfCases(graph).edges.map((each) => each.handle);
  expect(handles).toEqual(["hot", "warm", "else", null, null]);
});
