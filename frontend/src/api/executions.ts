/** What the studio asks about executions. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { client } from "../client/client.gen";
import {
  actOnMany,
  cancelExecution,
  countByStatus,
  explainWhy,
  getExecution,
  getExecutionGraph,
  listExecutions,
  listNodes,
  pauseExecution,
  resumeExecution,
  retryExecution,
  startExecution,
} from "../client/sdk.gen";
import type { BulkRead, ExecutionRead, NodeLineRead, ResultRead, WaitCauseRead, WhyRead } from "../client/types.gen";
import { isTerminal } from "../status";
import { boundsOf, type RangeSearch } from "../ui/timeRange";
import { body } from "./http";
import { EVERY, every, executionInterval } from "./live";
import { PAGE, pagedOptions } from "./pages";

export type Execution = ExecutionRead;
export type WholeExecution = ResultRead;
export type NodeLine = NodeLineRead;
export type Why = WhyRead;
export type WaitCause = WaitCauseRead;

export interface ExecutionFilter {
  /** Statuses, separated by commas. */
  status?: string;
  /** A part of the workflow's name, or the beginning of an id. */
  q?: string;
  time?: RangeSearch;
  workflow_id?: string;
  event_id?: string;
  parent_id?: string;
  forked_from?: string;
  /** Tests alone, or together with all others; none of them otherwise. */
  kind?: "test" | "all";
}

/** The filter as the server takes it, at the moment of the request. */
function queryOf({ time, ...rest }: ExecutionFilter) {
  return { ...rest, ...boundsOf(time ?? {}) };
}

export function executionsQuery(filter: ExecutionFilter) {
  return {
    ...pagedOptions<Execution>(["executions", filter], (cursor, signal) =>
      listExecutions({ query: { ...queryOf(filter), fields: "why", limit: PAGE, cursor }, signal }),
    ),
    placeholderData: keepPreviousData,
  };
}

export function executionCountsQuery({ status: _, ...filter }: ExecutionFilter) {
  return queryOptions({
    queryKey: ["executionCounts", filter],
    queryFn: ({ signal }) => body(countByStatus({ query: queryOf(filter), signal })),
    refetchInterval: every(EVERY.list),
    placeholderData: keepPreviousData,
  });
}

export function executionQuery(id: string) {
  return queryOptions({
    queryKey: ["execution", id],
    queryFn: ({ signal }) => body(getExecution({ path: { execution_id: id }, signal })),
  });
}

/** The execution of a workflow that was started before this one; none for the first. */
export function executionBeforeQuery({ id, workflow_id }: Pick<Execution, "id" | "workflow_id">) {
  return queryOptions({
    queryKey: ["executionBefore", id],
    queryFn: async ({ signal }): Promise<Execution | null> =>
      (await body(listExecutions({ query: { workflow_id, limit: 1, cursor: id }, signal })))[0] ?? null,
    staleTime: 60_000,
  });
}

export function executionGraphQuery(id: string) {
  return queryOptions({
    queryKey: ["executionGraph", id],
    queryFn: ({ signal }) => body(getExecutionGraph({ path: { execution_id: id }, signal })),
    // An execution keeps its version; only moving it to another one changes its graph.
    staleTime: 60_000,
  });
}

export function nodesQuery(id: string) {
  return queryOptions({
    queryKey: ["executionNodes", id],
    queryFn: ({ signal }) => body(listNodes({ path: { execution_id: id }, signal })),
  });
}

/** Why it does not go on; asked while it has not ended. */
export function whyQuery(id: string, status: string | undefined) {
  return queryOptions({
    queryKey: ["executionWhy", id],
    queryFn: ({ signal }) => body(explainWhy({ path: { execution_id: id }, signal })),
    enabled: status !== undefined && !isTerminal(status),
    refetchInterval: () => executionInterval(status) && EVERY.waiting,
  });
}

const COMMANDS = {
  cancel: cancelExecution,
  pause: pauseExecution,
  resume: resumeExecution,
  retry: retryExecution,
};
export type Command = keyof typeof COMMANDS;

export type BulkResult = BulkRead;

export interface BulkOrder {
  action: "cancel" | "retry";
  dry_run: boolean;
  /** Of a dry run: nothing that was created later is touched. */
  up_to?: string;
}

/** Cancel or retry all that fit a filter, or count them. */
export function commandAll(filter: ExecutionFilter, order: BulkOrder): Promise<BulkResult> {
  return body(actOnMany({ body: { filter: queryOf(filter), ...order } }));
}

/** Start a workflow by hand. */
export function startByHand(workflow_id: string, payload: Record<string, unknown>): Promise<WholeExecution> {
  return body(startExecution({ body: { workflow_id, payload } }));
}

/** Cancel, pause, resume or retry an execution. */
export function commandExecution(id: string, command: Command): Promise<Execution> {
  return body(COMMANDS[command]({ path: { execution_id: id } }));
}

/** Send a request that the server has named as one that helps. */
export function requestAction({ path }: { path: string }): Promise<unknown> {
  return body(client.post({ url: path }) as Promise<{ data?: unknown }>);
}
