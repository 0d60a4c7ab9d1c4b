/** The nodes of two executions on one graph: which are the same, which differ, and which are in one of them only. */

import type { ComparedNode } from "../api/compare";
import type { GraphRead } from "../client/types.gen";
import { isDifferent } from "./differences";

export interface Mark {
  tone: "same" | "differs" | "a" | "b";
  words: string;
}

/** Visits that are named. */
const SHOWN = 3;

/** A skipped step is a node that an execution has passed by. */
function isIn(node: ComparedNode, side: 0 | 1): boolean {
  const status = node.status[side];
  return status !== null && status !== undefined && status !== "SKIPPED";
}

export function marksOf(nodes: ComparedNode[]): Map<string, Mark> {
  const byNode = new Map<string, ComparedNode[]>();
  for (const node of nodes) {
    const known = byNode.get(node.node_id);
    if (known) known.push(node);
    else byNode.set(node.node_id, [node]);
  }
  const marks = new Map<string, Mark>();
  for (const [id, visits] of byNode) {
    const mark = markOf(visits);
    if (mark) marks.set(id, mark);
  }
  return marks;
}

function markOf(visits: ComparedNode[]): Mark | null {
  const inA = visits.some((visit) => isIn(visit, 0));
  const inB = visits.some((visit) => isIn(visit, 1));
  if (!inA && !inB) return null;
  if (!inB) return { tone: "a", words: "only in A" };
  if (!inA) return { tone: "b", words: "only in B" };
  const differing = visits.filter(isDifferent).map((visit) => visit.visit);
  if (differing.length === 0) return { tone: "same", words: "the same" };
  if (visits.length === 1) return { tone: "differs", words: "differs" };
  const more = differing.length > SHOWN ? " …" : "";
  return { tone: "differs", words: `differs at visit ${differing.slice(0, SHOWN).join(", ")}${more}` };
}

/** Both graphs in one: nodes by their ids, edges by what they join. */
export function unionOf(a: GraphRead, b: GraphRead): GraphRead {
  const known = new Set(a.nodes.map((node) => node.id));
  const added = b.nodes.filter((node) => !known.has(node.id));
  const ways = new Set(a.edges.map(wayOf));
  const edges = [...a.edges, ...b.edges.filter((edge) => !ways.has(wayOf(edge)))];
  // Where the graphs differ, the positions of one say nothing about the other: all is laid out.
  const nodes = added.length > 0 ? [...a.nodes, ...added].map((node) => ({ ...node, position: null })) : a.nodes;
  return { nodes, edges, entries: [...new Set([...a.entries, ...b.entries])] };
}

function wayOf({ source, target, handle }: GraphRead["edges"][number]): string {
  return JSON.stringify([source, target, handle]);
}

/** Nodes whose type or data differ, or that are in one graph only. */
export function changedNodes(a: GraphRead, b: GraphRead): string[] {
  const text = (graph: GraphRead) =>
    new Map(graph.nodes.map(({ id, type, data }) => [id, JSON.stringify([type, data])] as const));
  const one = text(a);
  const other = text(b);
  return [...new Set([...one.keys(), ...other.keys()])].filter((id) => one.get(id) !== other.get(id));
}
