/** The boxes and lines of the editor's canvas, with what is selected there. */

import type { Connection } from "@xyflow/react";
import type { NodeType } from "../api/nodeTypes";
import type { GraphRead } from "../client/types.gen";
import type { Way } from "../graph/document";
import type { Point } from "../graph/size";
import { type BoxNode, boxesOf, type LineEdge } from "../graph/view";
import { withAllExits } from "./handles";

/** Edges of a graph that can be edited are easy to hit; the ends of the chosen one can be moved. */
export function editable(edge: LineEdge): LineEdge {
  return { ...edge, interactionWidth: 16, reconnectable: edge.selected ?? false };
}

/** False for a way from a node to itself, and for one that is there already. */
export function isPossible(way: Way, graph: GraphRead): boolean {
  const isSame = (edge: GraphRead["edges"][number]) =>
    edge.source === way.source && edge.target === way.target && (edge.handle ?? "") === way.handle;
  return way.source !== way.target && !graph.edges.some(isSame);
}

export function wayOf({
  source,
  target,
  sourceHandle,
}: Pick<Connection | LineEdge, "source" | "target" | "sourceHandle">): Way {
  return { source, target, handle: sourceHandle ?? "" };
}

export function drawn(
  graph: GraphRead,
  places: Record<string, Point>,
  types: Map<string, NodeType>,
  faulty: ReadonlySet<string>,
) {
  const choosing = new Set([...types.values()].filter((type) => type.chooses).map((type) => type.type));
  const boxes = withAllExits(boxesOf(graph, places, types), graph, choosing);
  return boxes.map((box) => (faulty.has(box.id) ? { ...box, className: "faulty" } : box));
}

/** The ids of the nodes that are selected. */
export function selectedIn(nodes: BoxNode[]): string[] {
  return nodes.filter((node) => node.selected).map((node) => node.id);
}

/** The boxes, with those selected that were; a node that was chosen elsewhere takes the place of all that were. */
export function keepSelection(boxes: BoxNode[], before: string[], chosen: string | undefined): BoxNode[] {
  const ids = new Set(chosen === undefined || before.includes(chosen) ? before : [chosen]);
  return boxes.map((box) => (ids.has(box.id) ? { ...box, selected: true } : box));
}

export function keepEdges(edges: LineEdge[], old: LineEdge[]): LineEdge[] {
  const chosen = new Set(old.filter((edge) => edge.selected).map((edge) => JSON.stringify(wayOf(edge))));
  return edges.map((edge) => (chosen.has(JSON.stringify(wayOf(edge))) ? { ...edge, selected: true } : edge));
}
