import { expect, it } from "vitest";
import { addNode, type Definition, moveNodes, removeNodes, setData } from "../graph/document";
import { connect } from "../graph/edges";
import { merge, rowsOf } from "./merge";

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

const things = (changes: { thing: string; isClash: boolean }[]) =>
  changes.map(({ thing, isClash }) => `${thing}${isClash ? "!" : ""}`);

it("keeps the changes of both where they touch different things", () => {
  const mine = connect(addNode(base, { id: "c", type: "end" }), { source: "b", target: "c", handle: "" });
  const theirs = { ...setData(base, "b", { ms: 2 }), trigger: false };

  const { definition, changes } = merge(base, mine, theirs);

  expect(things(changes)).toEqual(["node b", "node c", "edge b → c", "trigger"]);
  expect(definition.trigger).toBe(false);
  expect(definition.graph.nodes).toEqual([
    { id: "a", type: "start" },
    { id: "b", type: "delay", data: { ms: 2 } },
    { id: "c", type: "end" },
  ]);
  expect(definition.graph.edges).toHaveLength(2);
});

it("takes of what both changed the one that is chosen, and mine until then", () => {
  const [mine, theirs] = [setData(base, "b", { ms: 3 }), removeNodes(base, new Set(["b"]))];

  const { definition, changes } = merge(base, mine, theirs);

  expect(things(changes)).toContain("node b!");
  expect(definition.graph.nodes[1]?.data).toEqual({ ms: 3 });
  expect(merge(base, mine, theirs, { "node b": "theirs" }).definition.graph.nodes).toHaveLength(1);
  expect(merge(base, theirs, mine, { "node b": "mine" }).definition.graph.nodes).toHaveLength(1);
});

it("is no clash where both changed the same in the same way", () => {
  const changed = setData(base, "b", { ms: 3 });

  const { definition, changes } = merge(base, changed, { ...changed });

  expect(definition).toEqual(changed);
  expect(things(changes)).toEqual(["node b"]);
});

it("removes what mine removed", () => {
  expect(merge(base, removeNodes(base, new Set(["b"])), base).definition.graph).toEqual({
    nodes: [{ id: "a", type: "start" }],
    edges: [],
  });
});

it("keeps places beside changes: mine where I moved a node, else theirs", () => {
  const mine = moveNodes(base, { a: { x: 1, y: 1 } });
  const theirs = moveNodes(setData(base, "a", { note: "new" }), { a: { x: 2, y: 2 }, b: { x: 9, y: 9 } });

  const { definition, changes } = merge(base, mine, theirs);

  expect(things(changes)).toEqual(["node a"]);
  expect(definition.graph.nodes[0]).toEqual({
    id: "a",
    type: "start",
    data: { note: "new" },
    position: { x: 1, y: 1 },
  });
  expect(definition.graph.nodes[1]?.position).toEqual({ x: 9, y: 9 });
});

it("shows of a node the values that differ, and all of one that is added", () => {
  const mine = addNode(setData(base, "b", { ms: 3, label: "Pause" }), { id: "c", type: "end" });
  const { changes } = merge(base, mine, setData(base, "b", { ms: 2 }));

  expect(changes.map(rowsOf)).toEqual([
    [
      { path: "data.ms", values: [1, 2, 3] },
      { path: "data.label", values: [undefined, undefined, "Pause"] },
    ],
    [{ path: "", values: [undefined, undefined, { id: "c", type: "end" }] }],
  ]);
});
