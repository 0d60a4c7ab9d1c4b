import { expect, it } from "vitest";
import { type Definition, moveNodes, removeNodes, setData } from "./document";
import { connect, disconnect, insertBetween, nextOf, reconnect, setNext } from "./edges";

//          ┌─hot─▶ call      by `next`, without an edge
//   ask ───┤
//          └─else─▶ mail     by an edge
const asked = {
  name: "asked",
  graph: {
    nodes: [
      { id: "ask", type: "branch", data: { cases: [null, { label: "hot", next: "call", kept: 1 }, { else: true }] } },
      { id: "call" },
      { id: "mail" },
    ],
    edges: [{ id: "e1", source: "ask", target: "mail", sourceHandle: "else", targetHandle: "in", animated: true }],
  },
} as unknown as Definition;

const way = (source: string, target: string, handle = "") => ({ source, target, handle });
const casesIn = (definition: Definition) => definition.graph.nodes[0]?.data?.cases;

it("finds and replaces where a case leads to by its next", () => {
  expect(nextOf(asked, way("ask", "mail", "hot"))).toBe("call");
  expect(nextOf(asked, way("ask", "mail", "else"))).toBeNull();

  const replaced = setNext(asked, way("ask", "mail", "hot"));
  expect(casesIn(replaced)).toEqual([null, { label: "hot", next: "mail", kept: 1 }, { else: true }]);
  expect(replaced.graph.edges).toBe(asked.graph.edges);
});

it("moves the end of an edge, and of one that a next implies", () => {
  const moved = reconnect(asked, way("ask", "mail", "else"), way("ask", "call", "else"));
  expect(moved.graph.edges).toEqual([{ ...asked.graph.edges[0], target: "call" }]);

  const implied = reconnect(asked, way("ask", "call", "hot"), way("ask", "mail", "hot"));
  expect(casesIn(implied)).toEqual([null, { label: "hot", next: "mail", kept: 1 }, { else: true }]);
});

it("puts a node into the middle of an edge", () => {
  const { edges } = insertBetween(asked, way("ask", "mail", "else"), "call").graph;
  expect(edges).toEqual([
    { id: "e1", source: "ask", target: "call", sourceHandle: "else", animated: true },
    { id: "call-mail", source: "call", target: "mail", targetHandle: "in" },
  ]);

  const implied = insertBetween(asked, way("ask", "call", "hot"), "mail");
  expect(casesIn(implied)).toContainEqual({ label: "hot", next: "mail", kept: 1 });
  expect(implied.graph.edges.at(-1)).toMatchObject({ source: "mail", target: "call" });
});

it("edits documents whose ids are numbers", () => {
  const numbered = {
    name: "numbered",
    graph: {
      nodes: [{ id: 1, position: { x: 0, y: 0, z: 3 } }, { id: 2 }, { id: 3 }],
      edges: [{ id: 9, source: 1, target: 2 }],
    },
  } as unknown as Definition;

  expect(setData(numbered, "2", { ms: 1 }).graph.nodes[1]).toEqual({ id: 2, data: { ms: 1 } });
  expect(connect(numbered, way("1", "2"))).toBe(numbered);
  expect(connect(numbered, way("2", "3")).graph.edges.at(-1)).toMatchObject({ source: 2, target: 3 });
  expect(disconnect(numbered, way("1", "2")).graph.edges).toEqual([]);
  expect(removeNodes(numbered, new Set(["2"])).graph).toMatchObject({ nodes: [{ id: 1 }, { id: 3 }], edges: [] });
  expect(moveNodes(numbered, { 1: { x: 5, y: 6 } }).graph.nodes[0]?.position).toEqual({ x: 5, y: 6, z: 3 });
});

it("saves the place of a node in another one from its corner", () => {
  const grouped = {
    name: "grouped",
    graph: {
      nodes: [
        { id: "outer", type: "group", position: { x: 100, y: 50 } },
        { id: "inner", type: "group", parentId: "outer", position: { x: 10, y: 10 } },
        { id: "a", parentNode: "inner", position: { x: 5, y: 5 } },
        { id: "round", parentId: "round", position: { x: 0, y: 0 } },
      ],
      edges: [],
    },
  } as unknown as Definition;

  const { nodes } = moveNodes(grouped, { a: { x: 200, y: 100 } }).graph;
  expect(nodes[2]).toEqual({ id: "a", parentNode: "inner", position: { x: 90, y: 40 } });
  expect(nodes[1]).toBe(grouped.graph.nodes[1]);
  expect(moveNodes(grouped, { outer: { x: 0, y: 0 }, a: { x: 20, y: 20 } }).graph.nodes[2]?.position).toEqual({
    x: 10,
    y: 10,
  });
});
