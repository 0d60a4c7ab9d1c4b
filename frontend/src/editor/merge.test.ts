import { expect, it } from "vitest";
import { addNode, type Definition, removeNodes, setData } from "../graph/document";
import { connect } from "../graph/edges";
import { merge } from "./merge";

const base: Definition = {
  name: "W",
  trigger: true,
  graph: {
    nodes: [
      { id: "a", type: "start" },
      { id: "b", type: "delay", data: { ms: 1 } },
    ],
    edges: [{ source: "a", target: "b" }],
  },
};

it("keeps the changes of both where they touch different things", () => {
  const mine = connect(addNode(base, { id: "c", type: "end" }), { source: "b", target: "c", handle: "" });
  const theirs = { ...setData(base, "b", { ms: 2 }), trigger: false };

  const { definition, clashes } = merge(base, mine, theirs);

  expect(clashes).toEqual([]);
  expect(definition.trigger).toBe(false);
  expect(definition.graph.nodes).toEqual([
    { id: "a", type: "start" },
    { id: "b", type: "delay", data: { ms: 2 } },
    { id: "c", type: "end" },
  ]);
  expect(definition.graph.edges).toHaveLength(2);
});

it("names what both changed, and takes mine", () => {
  const { definition, clashes } = merge(base, setData(base, "b", { ms: 3 }), removeNodes(base, new Set(["b"])));

  expect(clashes).toEqual([{ thing: "node b" }]);
  expect(definition.graph.nodes[1]?.data).toEqual({ ms: 3 });
});

it("is no clash where both changed the same in the same way", () => {
  const changed = setData(base, "b", { ms: 3 });

  expect(merge(base, changed, { ...changed })).toEqual({ definition: changed, clashes: [] });
});

it("removes what mine removed", () => {
  expect(merge(base, removeNodes(base, new Set(["b"])), base).definition.graph).toEqual({
    nodes: [{ id: "a", type: "start" }],
    edges: [],
  });
});
