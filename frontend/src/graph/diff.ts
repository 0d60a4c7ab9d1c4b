/** The differences between two compiled graphs, and one graph that shows both. Positions do not count. */

import type { GraphRead } from "../client/types.gen";
import { isSame } from "./document";

export type Mark = "added" | "removed" | "changed" | "same";
type GraphNode = GraphRead["nodes"][number];
type GraphEdge = GraphRead["edges"][number];

export interface Difference {
  mark: Exclude<Mark, "same">;
  /** "node" or "edge", and how it is called. */
  kind: "node" | "edge";
  name: string;
}

export interface GraphDiff {
  /** The nodes and edges of both; what both have is that of the second. */
  graph: GraphRead;
  nodes: Map<string, Mark>;
  /** The marks of the edges of `graph`, in their order. */
  edges: Mark[];
  differences: Difference[];
}

/** Compare two graphs; nodes are the same by their ids, edges by their ends and handles. */
export function diffGraphs(before: GraphRead, after: GraphRead): GraphDiff {
  const old = new Map(before.nodes.map((node) => [node.id, node]));
  const now = new Map(after.nodes.map((node) => [node.id, node]));
  const gone = before.nodes.filter((node) => !now.has(node.id));
  const nodes = new Map<string, Mark>([
    ...after.nodes.map((node): [string, Mark] => [node.id, markOf(old.get(node.id), node)]),
    ...gone.map((node): [string, Mark] => [node.id, "removed"]),
  ]);
  const oldKeys = new Set(before.edges.map(keyOf));
  const newKeys = new Set(after.edges.map(keyOf));
  const goneEdges = before.edges.filter((edge) => !newKeys.has(keyOf(edge)));
  const edges: Mark[] = [
    ...after.edges.map((edge): Mark => (oldKeys.has(keyOf(edge)) ? "same" : "added")),
    ...goneEdges.map((): Mark => "removed"),
  ];
  const graph = { ...after, nodes: [...after.nodes, ...gone], edges: [...after.edges, ...goneEdges] };
  return { graph, nodes, edges, differences: listDifferences(graph, nodes, edges) };
}

function markOf(old: GraphNode | undefined, now: GraphNode): Mark {
  if (!old) return "added";
  return old.type === now.type && isSame(old.data, now.data) ? "same" : "changed";
}

function keyOf(edge: GraphEdge): string {
  return JSON.stringify([edge.source, edge.handle, edge.target]);
}

function listDifferences(graph: GraphRead, nodes: Map<string, Mark>, edges: Mark[]): Difference[] {
  const titles = new Map(graph.nodes.map((node) => [node.id, node.title]));
  const nameOf = ({ source, target, handle }: GraphEdge) =>
    `${titles.get(source) ?? source} → ${titles.get(target) ?? target}${handle ? ` (${handle})` : ""}`;
  const found: Difference[] = [];
  for (const [id, mark] of nodes) if (mark !== "same") found.push({ mark, kind: "node", name: titles.get(id) ?? id });
  graph.edges.forEach((edge, index) => {
    const mark = edges[index];
    if (mark && mark !== "same") found.push({ mark, kind: "edge", name: nameOf(edge) });
  });
  return found;
}

/** The numbers of what differs, as the server counts them. */
export interface ChangeCounts {
  nodes_added: number;
  nodes_removed: number;
  nodes_changed: number;
  edges_added: number;
  edges_removed: number;
  trigger: boolean;
  settings: boolean;
}

/** The differences in words: "2 nodes added, 1 changed, trigger changed". */
export function changeText(changes: ChangeCounts): string {
  const parts = [
    ...countsText("node", [
      [changes.nodes_added, "added"],
      [changes.nodes_removed, "removed"],
      [changes.nodes_changed, "changed"],
    ]),
    ...countsText("edge", [
      [changes.edges_added, "added"],
      [changes.edges_removed, "removed"],
    ]),
  ];
  if (changes.trigger) parts.push("trigger changed");
  if (changes.settings) parts.push("settings changed");
  return parts.join(", ") || "only what a graph does not show";
}

function countsText(noun: string, counts: [number, string][]): string[] {
  const found = counts.filter(([count]) => count > 0);
  return found.map(([count, verb], index) =>
    index === 0 ? `${count} ${noun}${count === 1 ? "" : "s"} ${verb}` : `${count} ${verb}`,
  );
}
