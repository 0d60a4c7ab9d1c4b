import { expect, it } from "vitest";
import { surelyBefore } from "./dominators";

function before(drawing: string, id: string, entries = ["a"]): string[] {
  const edges = drawing.split(" ").map((each) => {
    const [source = "", target = ""] = each.split(">");
    return { source, target };
  });
  const nodes = [...new Set(edges.flatMap((edge) => [edge.source, edge.target]))];
  return surelyBefore(nodes, edges, entries, id);
}

//        ┌─▶ b ─┐
//   a ───┤      ├─▶ d ─▶ e
//        └─▶ c ─┘
it("leaves out what is on one way only", () => {
  expect(before("a>b a>c b>d c>d d>e", "e")).toEqual(["d", "a"]);
  expect(before("a>b a>c b>d c>d d>e", "b")).toEqual(["a"]);
  expect(before("a>b a>c b>d c>d d>e", "a")).toEqual([]);
});

//   a ─▶ b ─▶ c ─▶ d
//        ◀────┘
it("counts a node of a loop that all ways lead through", () => {
  expect(before("a>b b>c c>b c>d", "d")).toEqual(["c", "b", "a"]);
  expect(before("a>b b>c c>b c>d", "b")).toEqual(["a"]);
});

it("knows several entries, and nodes that no path leads to", () => {
  expect(before("a>c b>c c>d", "d", ["a", "b"])).toEqual(["c"]);
  expect(before("a>b x>y", "y")).toEqual([]);
  expect(before("a>b", "unknown")).toEqual([]);
});
