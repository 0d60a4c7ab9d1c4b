/** The bars of a timeline: one for each step, or one for many steps of a node. */

import type { NodeLine } from "../api/executions";
import type { StepLine } from "../api/steps";
import { covered, type Span } from "./fold";

export interface Bar extends Span {
  key: string;
  status: string;
  /** When it was ready to be run; before `from` where it waited for a worker. */
  ready: number;
  /** True if it waited for a time, a person or an event, rather than work. */
  waited: boolean;
  label: string;
  stepId?: string;
}

export interface Row {
  nodeId: string;
  bars: Bar[];
  /** The number of steps that one bar stands for, and of those that failed; 0 where each has its own. */
  together: number;
  failed: number;
}

/** Steps of a node above which they become one bar. */
const MOST_BARS = 50;
/** Node types whose steps wait for others while they seem to run. */
const WAITING_TYPES = new Set(["for_each", "sub_workflow", "human_approval", "wait_for_event", "delay"]);

/** The rows, in the order in which the nodes were started; `steps` null: they are too many to be read. */
export function rowsOf(nodes: NodeLine[], steps: StepLine[] | null, now: number): Row[] {
  const byNode = grouped(steps ?? []);
  return nodes.filter(hasRun).map((line) => {
    const own = byNode.get(line.node_id);
    if (own && own.length <= MOST_BARS) {
      return {
        nodeId: line.node_id,
        together: 0,
        failed: 0,
        bars: barsOf(own, now),
      };
    }
    const count = Object.values(line.counts).reduce((a, b) => a + b, 0);
    const isMany = count > 1;
    return {
      nodeId: line.node_id,
      together: isMany ? count : 0,
      failed: isMany ? (line.counts.FAILED ?? 0) : 0,
      bars: [wholeBar(line, now)],
    };
  });
}

/** The bars of steps, one each, of those that have begun. */
export function barsOf(steps: StepLine[], now: number): Bar[] {
  return steps.filter((step) => step.started_at).map((step) => barOf(step, now));
}

function grouped(steps: StepLine[]): Map<string, StepLine[]> {
  const found = new Map<string, StepLine[]>();
  for (const step of steps) {
    const known = found.get(step.node_id);
    if (known) known.push(step);
    else found.set(step.node_id, [step]);
  }
  return found;
}

function hasRun(line: NodeLine): boolean {
  return line.first_started_at !== null;
}

function barOf(step: StepLine, now: number): Bar {
  const from = time(step.started_at) ?? now;
  const to = Math.max(from, time(step.finished_at) ?? now);
  const attempt = step.attempt > 1 ? `, attempt ${step.attempt}` : "";
  const visit = step.visit > 1 ? `, visit ${step.visit}` : "";
  return {
    key: step.id,
    stepId: step.id,
    status: step.status,
    // A step that is tried again is ready when its time has come.
    ready: Math.min(from, Math.max(time(step.created_at) ?? from, time(step.due_at) ?? 0)),
    from,
    to,
    waited: step.status === "WAITING" || (time(step.due_at) ?? 0) > from || WAITING_TYPES.has(step.type),
    label: `${step.node_id}${visit}${attempt}${step.kept ? ", kept of the original" : ""}`,
  };
}

function wholeBar(line: NodeLine, now: number): Bar {
  const from = time(line.first_started_at) ?? now;
  return {
    key: line.node_id,
    status: line.counts.FAILED ? "FAILED" : line.status,
    ready: Math.min(from, time(line.first_created_at) ?? from),
    from,
    to: Math.max(from, time(line.last_finished_at) ?? now),
    waited: WAITING_TYPES.has(line.type),
    label: [line.node_id, countsOf(line)].filter(Boolean).join(", "),
  };
}

/** How many of several steps have each status: "4 completed and 1 failed". */
function countsOf(line: NodeLine): string {
  const counts = Object.entries(line.counts).map(([status, count]) => `${count} ${status.toLowerCase()}`);
  return counts.length > 1 || Object.values(line.counts).some((count) => count > 1) ? counts.join(" and ") : "";
}

export function time(text: string | null | undefined): number | null {
  return text ? Date.parse(text) : null;
}

/** The times in which a step works, rather than waits. */
export function workOf(rows: Row[]): Span[] {
  return rows.flatMap((row) => row.bars.flatMap((bar) => (bar.waited ? edgesOf(bar) : [bar])));
}

/** A bar that waits has worked when it began and when it ended. */
function edgesOf(bar: Bar): Span[] {
  return [
    { from: bar.from, to: bar.from },
    { from: bar.to, to: bar.to },
  ];
}

/** Milliseconds in which at least one step worked, and the rest of the whole time. */
export function workedAndWaited(rows: Row[], whole: Span): { worked: number; waited: number } {
  const worked = covered(workOf(rows));
  return { worked, waited: Math.max(0, whole.to - whole.from - worked) };
}
