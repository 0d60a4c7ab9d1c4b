import { expect, it } from "vitest";
import type { GraphRead } from "../client/types.gen";
import type { Definition } from "./document";
import { drawingsOf } from "./drawings";
import { layOut } from "./layout";
import { outlineOf, tidied } from "./tidy";

//             ┌────────── box ─────────┐
//   start ─▶  │ a ─▶ (inner: b) ─▶ c   │ ─▶ end         memo
//             └────────────────────────┘
const nodes = [
  { id: "start", type: "start", position: { x: 0, y: 0 } },
  { id: "box", type: "group", position: { x: 300, y: 0 }, style: { width: 50, height: 50, color: "red" } },
  { id: "inner", type: "group", parentId: "box", position: { x: 0, y: 0 }, data: { label: "Inner" } },
  { id: "a", type: "delay", parentId: "box", extent: "parent", position: { x: 0, y: 0 } },
  { id: "b", type: "delay", parentId: "inner", position: { x: 0, y: 0 } },
  { id: "c", type: "delay", parentId: "box", position: { x: 0, y: 0 } },
  { id: "end", type: "end", position: { x: 0, y: 0 } },
  { id: "memo", type: "stickyNote", position: { x: 7, y: 900 }, data: { text: "Look" }, width: 90, height: 60 },
];
const edges = ["start>a", "a>b", "b>c", "c>end"].map((text) => {
  const [source = "", target = ""] = text.split(">");
  return { source, target };
});
const saved = { name: "W", graph: { nodes, edges } } as unknown as Definition;
const graph = {
  nodes: nodes.filter((node) => !["group", "stickyNote"].includes(node.type)),
  edges,
  entries: ["start"],
} as unknown as GraphRead;

function tidy(ids?: string[]): Definition {
  const outline = outlineOf(saved, graph, ids && new Set(ids));
  return tidied(saved, outline, layOut(outline), ids !== undefined);
}

function placesOf(definition: Definition): Record<string, { x: number; y: number }> {
  return Object.fromEntries(definition.graph.nodes.map((node) => [node.id, node.position ?? { x: 0, y: 0 }]));
}

it("lays out the inside of groups first, and each group as one box then", () => {
  const after = tidy();
  const { start, box, inner, a, b, c, end, memo } = placesOf(after);

  expect([a?.x, b?.x, c?.x]).toEqual([24, 24, 24 + 200 + 80 + 248 + 80]);
  expect(inner).toEqual({ x: 304, y: 40 });
  expect(b).toEqual({ x: 24, y: 40 });
  expect(start?.x).toBe(0);
  expect(box?.x).toBe(280);
  expect(end?.x).toBe(280 + (24 + 200 + 80 + 248 + 80 + 200 + 24) + 80);
  expect(memo).toEqual({ x: 7, y: 900 });
  expect(after.graph.nodes[1]?.style).toEqual({ width: 856, height: 184, color: "red" });
  expect(after.graph.nodes[2]).toMatchObject({ width: 248, height: 120, data: { label: "Inner" } });
  expect(after.graph.nodes[3]).toMatchObject({ parentId: "box", extent: "parent" });
});

it("lays out a chosen group from where it is, with what is in it", () => {
  const { start, box, b, c } = placesOf(tidy(["box"]));

  expect(start).toEqual({ x: 0, y: 0 });
  expect(box).toEqual({ x: 300, y: 0 });
  expect([b?.x, c?.x]).toEqual([24, 632]);
});

it("draws a group around what is in it, and as large as it is said to be", () => {
  const places = { start: { x: 0, y: 0 }, a: { x: 310, y: 20 }, b: { x: 600, y: 20 }, c: { x: 900, y: 20 } };
  const found = drawingsOf(saved, places, 1);
  const [box, inner, memo] = ["box", "inner", "memo"].map((id) => found.find((each) => each.id === id));

  expect(inner).toMatchObject({ id: "inner", text: "Inner", depth: 1, x: 576, y: -20, width: 248, height: 120 });
  expect(box).toMatchObject({ id: "box", text: "box", depth: 0, x: 286, y: -60, width: 838, height: 184 });
  expect(memo).toMatchObject({ id: "memo", text: "Look", x: 7, y: 900, width: 90, height: 60 });
  expect(drawingsOf(saved, {}, 2).find((each) => each.id === "memo")).toMatchObject({ x: 14, y: 1800, width: 90 });
});

it("ends where nodes are said to be within each other", () => {
  const loop = { id: "x", type: "group", parentId: "y" };
  const other = { id: "y", type: "group", parentId: "x" };
  const odd = { name: "W", graph: { nodes: [loop, other], edges: [] } } as unknown as Definition;
  const outline = outlineOf(odd, { nodes: [], edges: [], entries: [] });

  expect(Object.keys(layOut(outline))).toEqual(["x", "y"]);
  expect(drawingsOf(odd, {}, 1)).toHaveLength(2);
});
