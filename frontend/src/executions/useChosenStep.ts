/** The step that the panel of a node shows: the one of the address, else the one that is worth a look. */

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import type { NodeLine } from "../api/executions";
import { rowsOf } from "../api/pages";
import { type StepLine, shownStepQuery, stepLinesQuery } from "../api/steps";

/** Statuses of a newest step that is shown although an earlier one has failed. */
const WELL = new Set(["COMPLETED", "RUNNING", "READY", "WAITING"]);

export function useChosenStep(id: string, nodeId: string, stepId: string | undefined, line: NodeLine | undefined) {
  const newest = useInfiniteQuery({
    ...stepLinesQuery(id, { node_id: nodeId, visit: line?.visits }),
    enabled: line !== undefined && stepId === undefined,
  });
  const failed = useInfiniteQuery({
    ...stepLinesQuery(id, { node_id: nodeId, status: "FAILED" }),
    enabled: !!line?.counts.FAILED,
  });
  const failures = rowsOf(failed.data).filter((step) => step.node_id === nodeId);
  const chosenId = stepId ?? firstToShow(ofNode(rowsOf(newest.data), nodeId), failures)?.id;
  const step = useQuery(shownStepQuery(id, chosenId));
  return { step, failures, error: newest.error ?? failed.error ?? step.error, refetch: step.refetch };
}

function ofNode(steps: StepLine[], nodeId: string): StepLine[] {
  return steps.filter((step) => step.node_id === nodeId);
}

function firstToShow(newest: StepLine[], failures: StepLine[]): StepLine | undefined {
  const last = newest[newest.length - 1];
  if (last === undefined || WELL.has(last.status)) return last;
  return failures[failures.length - 1] ?? last;
}
