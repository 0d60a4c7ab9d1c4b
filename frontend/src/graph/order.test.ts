import { expect, it } from "vitest";
import { inRunOrder, neighbourOf, runOrder } from "./order";

const ways = (...texts: string[]) => texts.map((text) => ({ source: text[0] as string, target: text[2] as string }));

//        ┌─▶ b ─┐
//   a ───┤      ├─▶ d
//        └─▶ c ─┘
it("puts a join after all of its sources", () => {
  expect(runOrder(["d", "c", "b", "a"], ways("a>b", "a>c", "b>d", "c>d"), ["a"])).toEqual(["a", "b", "c", "d"]);
});

//   a ─▶ b ─▶ c ─▶ d
//        ◀────┘
it("ignores the edge that leads back", () => {
  expect(runOrder(["a", "b", "c", "d"], ways("a>b", "b>c", "c>b", "c>d"), ["a"])).toEqual(["a", "b", "c", "d"]);
});

it("keeps nodes that nothing leads to", () => {
  expect(runOrder(["lost", "a", "b"], ways("a>b"), ["a"])).toEqual(["a", "lost", "b"]);
});

it("goes along the nodes in run order, and stops at the ends", () => {
  const graph = {
    nodes: ["b", "a", "c"].map((id) => ({ id })),
    edges: [
      { source: "a", target: "b" },
      { source: "b", target: "c" },
    ],
    entries: ["a"],
  };
  const nodes = inRunOrder(graph);

  expect(nodes.map((node) => node.id)).toEqual(["a", "b", "c"]);
  expect(neighbourOf(nodes, "a", 1)?.id).toBe("b");
  expect(neighbourOf(nodes, "a", -1)?.id).toBe("a");
  expect(neighbourOf(nodes, undefined, 1)?.id).toBe("a");
  expect(neighbourOf(nodes, "gone", -1)?.id).toBe("c");
  expect(neighbourOf([], "a", 1)).toBeUndefined();
});
