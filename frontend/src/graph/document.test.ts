import { describe, expect, it } from "vitest";
import { addNode, type Definition, definitionOf, freeId, isSame, moveNodes, removeNodes, setData } from "./document";
import { changeEdge, connect, disconnect, renameExits } from "./edges";

const route = { cases: [{ label: "hot", next: "gift", note: 1 }, { label: "cold" }] };

const saved: Definition = {
  name: "W",
  custom: { kept: true },
  graph: {
    viewport: { zoom: 1 },
    nodes: [
      { id: "start", type: "start", position: { x: 0, y: 0 }, measured: { width: 1 } },
      { id: "route", type: "branch", data: route },
      { id: "gift", type: "delay", data: { ms: 5 } },
    ],
    edges: [{ id: "e1", source: "start", target: "route", animated: true }],
  },
};

describe("edits", () => {
  it("keep every key that they do not know", () => {
    const moved = moveNodes(saved, { start: { x: 5, y: 6 } });

    expect(moved).toEqual({
      ...saved,
      graph: {
        ...saved.graph,
        nodes: [{ ...saved.graph.nodes[0], position: { x: 5, y: 6 } }, ...saved.graph.nodes.slice(1)],
      },
    });
    expect(moved.graph.nodes[1]).toBe(saved.graph.nodes[1]);
    expect(saved.graph.nodes[0]?.position).toEqual({ x: 0, y: 0 });
  });

  it("add nodes with ids of their own", () => {
    expect(freeId(saved, "delay")).toBe("delay");
    const added = addNode(saved, { id: freeId(saved, "start"), type: "start" });

    expect(added.graph.nodes.at(-1)?.id).toBe("start_2");
    expect(setData(added, "start_2", { a: 1 }).graph.nodes.at(-1)?.data).toEqual({ a: 1 });
  });

  it("draw an edge once", () => {
    const way = { source: "route", target: "gift", handle: "cold" };
    const drawn = connect(connect(saved, way), way);

    expect(drawn.graph.edges[1]).toEqual({
      id: "route-cold-gift",
      source: "route",
      target: "gift",
      sourceHandle: "cold",
    });
    expect(drawn.graph.edges).toHaveLength(2);
    expect(disconnect(drawn, way)).toEqual(saved);
  });

  it("change members of one edge", () => {
    const way = { source: "start", target: "route", handle: "" };
    const changed = changeEdge(saved, way, { sourceHandle: "error", label: "oops", animated: undefined });

    expect(changed.graph.edges).toEqual([
      { id: "e1", source: "start", target: "route", sourceHandle: "error", label: "oops" },
    ]);
    expect(changeEdge(saved, { ...way, handle: "x" }, { label: "a" })).toEqual(saved);
  });

  it("remove the next of a case with the way that it implies", () => {
    const cut = disconnect(saved, { source: "route", target: "gift", handle: "hot" });

    expect(cut.graph.nodes[1]?.data).toEqual({ cases: [{ label: "hot", note: 1 }, { label: "cold" }] });
  });

  it("let edges leave from an exit that was renamed", () => {
    const drawn = connect(connect(saved, { source: "a", target: "b", handle: "hot" }), {
      source: "a",
      target: "b",
      handle: "",
    });

    const renamed = renameExits(drawn, "a", [["hot", "warm"]]);

    expect(renamed.graph.edges.at(-2)).toMatchObject({ source: "a", sourceHandle: "warm" });
    expect(renamed.graph.edges.at(-1)).toBe(drawn.graph.edges.at(-1));
    expect(renameExits(drawn, "b", [["hot", "warm"]]).graph.edges.at(-2)).toMatchObject({ sourceHandle: "hot" });
    expect(renameExits(drawn, "a", [])).toBe(drawn);
  });

  it("remove a node with all that leads to it", () => {
    const left = removeNodes(saved, new Set(["gift", "start"]));

    expect(left.graph.nodes.map((node) => node.id)).toEqual(["route"]);
    expect(left.graph.edges).toEqual([]);
    expect(left.graph.nodes[0]?.data).toEqual({ cases: [{ label: "hot", note: 1 }, { label: "cold" }] });
  });
});

it("saves what was read, without what only an answer has", () => {
  expect(
    definitionOf({ id: "1", version: 3, kind: "graph", trigger: null, self: true, warnings: [], ...saved }),
  ).toEqual({
    name: "W",
    self: true,
    graph: saved.graph,
  });
  expect(definitionOf({ name: "D", kind: "dag", dag: { nodes: [] }, graph: saved.graph })).toEqual({
    name: "D",
    dag: { nodes: [] },
  });
  expect(
    definitionOf({ name: "T", kind: "tasks", definition_yaml: "a: 1", graph: saved.graph, is_active: false }),
  ).toEqual({
    name: "T",
    is_active: false,
    definition_yaml: "a: 1",
  });
});

it("keeps that a workflow may start itself", () => {
  expect(definitionOf({ ...saved, self: true }).self).toBe(true);
});

it("compares values and not the order of keys", () => {
  expect(isSame({ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 })).toBe(true);
  expect(isSame({ a: undefined }, { b: 1 })).toBe(false);
  expect(isSame([1, 2], [2, 1])).toBe(false);
  expect(isSame([], {})).toBe(false);
});

it("keeps what is drawn in a removed group where it is", () => {
  const nodes = [
    { id: "outer", type: "group", position: { x: 5, y: 5 } },
    { id: "box", type: "group", parentId: "outer", position: { x: 100, y: 100 } },
    { id: "a", parentId: "box", extent: "parent", position: { x: 5, y: 6 } },
  ];
  const saved = { name: "W", graph: { nodes, edges: [] } } as unknown as Definition;

  expect(removeNodes(saved, new Set(["box"])).graph.nodes).toEqual([
    nodes[0],
    { id: "a", parentId: "outer", position: { x: 105, y: 106 } },
  ]);
});
