/** What became of a node, or of a workflow, in the newest execution. */

import { queryOptions } from "@tanstack/react-query";
import { getExecution, getStep, listExecutions, listFields, listLinesOfSteps } from "../client/sdk.gen";
import type { Execution } from "./executions";
import { body } from "./http";
import { EVERY, every } from "./live";
import type { StepLine } from "./steps";

/** Executions that are looked through, newest first. */
const MOST = 10;
/** Steps of a node that are read; of more visits, the newest of these counts. */
const VISITS = 200;

export interface LastRun {
  execution: Execution;
  step: StepLine;
}

/** The newest step of a node in the newest execution that has one; null: there is none among the newest executions. */
export function lastRunQuery(workflowId: string, nodeId: string) {
  return queryOptions({
    queryKey: ["lastRun", workflowId, nodeId],
    queryFn: async ({ signal }): Promise<LastRun | null> => {
      const executions = await body(listExecutions({ query: { workflow_id: workflowId, limit: MOST }, signal }));
      for (const execution of executions) {
        const query = { node_id: nodeId, limit: VISITS };
        const lines = await body(listLinesOfSteps({ path: { execution_id: execution.id }, query, signal }));
        const step = lines.at(-1);
        if (step) return { execution, step };
      }
      return null;
    },
    refetchInterval: every(EVERY.counts),
  });
}

export interface NewestRun {
  id: string;
  payload: unknown;
}

/** The newest execution of a workflow, with its payload; null: there is none. */
export function newestRunQuery(workflowId: string) {
  return queryOptions({
    queryKey: ["newestRun", workflowId],
    queryFn: async ({ signal }): Promise<NewestRun | null> => {
      const [newest] = await body(listExecutions({ query: { workflow_id: workflowId, limit: 1 }, signal }));
      if (!newest) return null;
      const execution = await body(getExecution({ path: { execution_id: newest.id }, signal }));
      return { id: newest.id, payload: execution.context };
    },
    staleTime: EVERY.counts,
  });
}

/** The newest outputs of nodes in an execution; a node that has none yet is left out. */
export function outputsQuery(executionId: string | undefined, nodeIds: string[]) {
  return queryOptions({
    queryKey: ["newestOutputs", executionId, nodeIds],
    enabled: executionId !== undefined,
    queryFn: async ({ signal }): Promise<Record<string, unknown>> => {
      const execution_id = executionId ?? "";
      const found: Record<string, unknown> = {};
      for (const node_id of nodeIds) {
        const lines = await body(
          listLinesOfSteps({ path: { execution_id }, query: { node_id, limit: VISITS }, signal }),
        );
        const last = lines.filter((line) => line.status === "COMPLETED").at(-1);
        if (!last) continue;
        const step = await body(getStep({ path: { step_id: last.id }, query: { execution_id }, signal }));
        found[node_id] = step.output;
      }
      return found;
    },
    staleTime: EVERY.counts,
  });
}

/** Paths that recent events have; none where the caller may not read events. */
export function seenPathsQuery() {
  return queryOptions({
    queryKey: ["seenPaths"],
    queryFn: async ({ signal }) => (await body(listFields({ query: { limit: 200 }, signal }))).map((each) => each.path),
    staleTime: EVERY.longest,
    retry: false,
  });
}
