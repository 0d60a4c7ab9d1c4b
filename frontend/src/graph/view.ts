/** A compiled graph as nodes and edges of a canvas. */

import type { Edge, MarkerType, Node, Position } from "@xyflow/react";
import type { GraphRead } from "../client/types.gen";
import type { Drawing } from "./drawings";
import { BOX, type Point } from "./size";
import { type Look, summaryOf } from "./summary";

/** How far a node has come in an execution. */
export interface Run {
  status: string;
  visits: number;
  /** Its steps by status, where there are several. */
  counts?: Record<string, number>;
}

export interface BoxData extends Record<string, unknown> {
  title: string;
  type: string;
  icon: string;
  line: string;
  /** False: no path leads to it. */
  runs: boolean;
  /** Names of the exits, top to bottom; "" is the plain one. */
  handles: string[];
  run?: Run;
}

export interface LineData extends Record<string, unknown> {
  label: string;
  implied: boolean;
  /** What became of the edge in an execution. */
  state: "open" | "taken" | "dead";
}

/** A box; or the frame of a group or a note, which has no exits. */
export type BoxNode = Node<BoxData, "box" | "frame">;
export type LineEdge = Edge<LineData, "line">;

// The values of these enumerations of React Flow, which is not loaded for them.
const [LEFT, RIGHT, CLOSED] = ["left" as Position, "right" as Position, "arrowclosed" as MarkerType];

/** The head of an edge. */
export const ARROW = { type: CLOSED, width: 14, height: 14, color: "var(--edge)" };

/** React Flow raises what is selected by 1,000. */
const BELOW = 2000;

/** The id of an edge: its place in the list, because two edges may join the same nodes. */
export function edgeId(index: number): string {
  return `e${index}`;
}

export function boxesOf(graph: GraphRead, places: Record<string, Point>, looks: Map<string, Look>): BoxNode[] {
  const used = usedHandles(graph, places);
  return graph.nodes.map((node) => {
    const look = looks.get(node.type);
    const handles = used.get(node.id) ?? [""];
    const data = {
      title: node.title,
      type: node.type,
      icon: look?.icon ?? "box",
      line: summaryOf(look, node.type, node.data),
      runs: node.runs,
      handles,
    };
    return boxAt(node.id, places[node.id] ?? { x: 0, y: 0 }, data);
  });
}

/** A box whose size and handles are known, so that edges are drawn at once. */
export function boxAt(id: string, position: Point, data: BoxData): BoxNode {
  return { id, type: "box", position, data, ...BOX, measured: BOX, handles: handleBounds(data.handles) };
}

/** A group or a note, below boxes and edges, also when it is selected. */
export function frameAt({ id, type, text, x, y, width, height, depth }: Drawing): BoxNode {
  const size = { width, height };
  const ariaLabel = `${type === "group" ? "Group" : "Note"} ${text || id}`;
  const data = { title: text, type, icon: "", line: "", runs: false, handles: [] };
  const zIndex = depth - BELOW;
  return { id, type: "frame", position: { x, y }, data, ...size, measured: size, handles: [], zIndex, ariaLabel };
}

function handleBounds(handles: string[]): NonNullable<BoxNode["handles"]> {
  const exits = handles.map((id, index) => ({
    id: id || null,
    type: "source" as const,
    position: RIGHT,
    x: BOX.width,
    y: exitHeight(index, handles.length),
    width: 1,
    height: 1,
  }));
  return [{ id: null, type: "target", position: LEFT, x: 0, y: BOX.height / 2, width: 1, height: 1 }, ...exits];
}

/** How far from its top an exit leaves a box. */
export function exitHeight(index: number, count: number): number {
  return (BOX.height * (index + 1)) / (count + 1);
}

/** The handles that edges leave each node from: the plain one, then the others by where they lead, so that lines do not cross. */
function usedHandles(graph: GraphRead, places: Record<string, Point>): Map<string, string[]> {
  const used = new Map<string, Map<string, number>>();
  for (const edge of graph.edges) {
    const handles = used.get(edge.source) ?? new Map<string, number>();
    const height = edge.handle === null ? Number.NEGATIVE_INFINITY : (places[edge.target]?.y ?? 0);
    handles.set(edge.handle ?? "", Math.min(handles.get(edge.handle ?? "") ?? Number.POSITIVE_INFINITY, height));
    used.set(edge.source, handles);
  }
  return new Map(
    [...used].map(([id, heights]) => [id, [...heights].sort((a, b) => a[1] - b[1]).map(([name]) => name)]),
  );
}

export function linesOf(graph: GraphRead): LineEdge[] {
  return graph.edges.map((edge, index) => ({
    id: edgeId(index),
    type: "line",
    source: edge.source,
    target: edge.target,
    sourceHandle: edge.handle,
    markerEnd: ARROW,
    data: { label: edge.handle ?? "", implied: edge.implied, state: "open" },
  }));
}
