/** What an execution has made of its graph: the state of each node and edge. */

import type { NodeLine } from "../api/executions";
import type { GraphRead } from "../client/types.gen";
import { ARROW, type BoxNode, type LineData, type LineEdge, type Run } from "../graph/view";

type EdgeOfGraph = GraphRead["edges"][number];

/** The boxes with their state; a box that has not changed stays the same object, so that it is not drawn again. */
export function withRuns(boxes: BoxNode[], lines: Map<string, NodeLine>): BoxNode[] {
  return boxes.map((box) => {
    const run = runOf(lines.get(box.id));
    return sameRun(box.data.run, run) ? box : { ...box, data: { ...box.data, run }, ariaLabel: nameOf(box, run) };
  });
}

function runOf(line: NodeLine | undefined): Run | undefined {
  return line && { status: line.status, visits: line.visits, counts: line.counts };
}

function sameRun(a: Run | undefined, b: Run | undefined): boolean {
  return a?.status === b?.status && a?.visits === b?.visits && countsText(a) === countsText(b);
}

/** How many steps of a node have each status, where there are several: "4 completed, 1 failed". */
export function countsText(run: Run | undefined): string {
  const counts = Object.entries(run?.counts ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
  if (counts.reduce((sum, [, count]) => sum + count, 0) < 2) return "";
  return counts.map(([status, count]) => `${count} ${status.toLowerCase()}`).join(", ");
}

/** What a screen reader says of a box. */
export function nameOf(box: BoxNode, run: Run | undefined): string {
  const words = [box.data.title, box.data.type];
  const counts = countsText(run);
  if (run) words.push(run.status.toLowerCase(), ...(run.visits > 1 ? [`${run.visits} visits`] : []));
  return [...words, ...(counts ? [counts] : [])].join(", ");
}

export function withStates(edges: LineEdge[], graph: GraphRead, lines: Map<string, NodeLine>): LineEdge[] {
  return edges.map((edge, index) => {
    const drawn = graph.edges[index];
    const state = drawn ? stateOf(drawn, lines) : "open";
    if (edge.data?.state === state) return edge;
    const markerEnd = { ...ARROW, color: state === "taken" ? "var(--status-completed)" : ARROW.color };
    return { ...edge, markerEnd, data: { ...(edge.data as LineData), state } };
  });
}

const SETTLED = new Set(["COMPLETED", "FAILED", "SKIPPED", "CANCELLED"]);

/** Whether an edge was taken, is dead, or may still be either. */
export function stateOf(edge: EdgeOfGraph, lines: Map<string, NodeLine>): LineData["state"] {
  const source = lines.get(edge.source);
  const target = lines.get(edge.target);
  if (!source || !SETTLED.has(source.status)) return "open";
  if (source.status === "SKIPPED") return "dead";
  if (isChosen(edge, source)) return target && target.status !== "SKIPPED" ? "taken" : "open";
  return "dead";
}

function isChosen(edge: EdgeOfGraph, source: NodeLine): boolean {
  if (source.status === "FAILED") return edge.handle === "error";
  const chosen = source.branch;
  if (chosen === null) return edge.handle !== "error";
  if (chosen.startsWith("→")) return edge.target === chosen.slice(1);
  // A plain edge of an approval is for those that are approved.
  return edge.handle === null ? chosen === "#approved" : `#${edge.handle}` === chosen;
}
