import type { NodeChange } from "@xyflow/react";
import { expect, it } from "vitest";
import type { Definition } from "../graph/document";
import type { BoxNode } from "../graph/view";
import { documentPlaces, withInner } from "./frames";

function at(id: string, x: number, y: number, type: "box" | "frame" = "box"): BoxNode {
  return { id, type, position: { x, y }, data: {} } as unknown as BoxNode;
}

function move(id: string, x: number, y: number): NodeChange<BoxNode> {
  return { type: "position", id, position: { x, y } };
}

const OUTERS: Record<string, string[]> = { a: ["inner", "box"], inner: ["box"], b: ["box"] };
const nodes = [at("box", 0, 0, "frame"), at("inner", 10, 10, "frame"), at("a", 20, 20), at("b", 30, 30), at("c", 9, 9)];

it("moves what is in a group with the group, once", () => {
  const changes = [move("box", 5, 0), move("b", 35, 30)];

  expect(withInner(changes, nodes, (id) => OUTERS[id] ?? [])).toEqual([
    ...changes,
    move("inner", 15, 10),
    move("a", 25, 20),
  ]);
  expect(withInner([move("c", 1, 1)], nodes, (id) => OUTERS[id] ?? [])).toEqual([move("c", 1, 1)]);
});

it("moves a frame in the document by as much as on the canvas", () => {
  const graph = { nodes: [{ id: "box", type: "group", position: { x: 100, y: 50 } }], edges: [] };
  const shown = { of: { name: "W", graph } as Definition, boxes: [at("box", 90, 30, "frame"), at("a", 10, 10)] };

  expect(documentPlaces([at("box", 95, 30, "frame")], nodes, shown, 1)).toEqual({ box: { x: 105, y: 50 } });
  expect(documentPlaces([at("a", 24, 12)], nodes, shown, 1.2)).toEqual({ a: { x: 20, y: 10 } });
  expect(documentPlaces([at("a", 1, 2)], nodes, shown, null)).toMatchObject({ a: { x: 1, y: 2 }, c: { x: 9, y: 9 } });
});
