/** What the studio asks about steps. */

import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { explainStep, getStep, listLinesOfSteps } from "../client/sdk.gen";
import type { StepExplanationRead, StepLineRead, WholeStepRead } from "../client/types.gen";
import { body } from "./http";
import { nextCursor, type PageOf } from "./pages";

export type StepLine = StepLineRead;
export type WholeStep = WholeStepRead;
export type StepExplanation = StepExplanationRead;

export interface StepFilter {
  node_id?: string;
  status?: StepLine["status"];
  visit?: number;
}

/** Steps on a page of the table. */
const LINES = 200;

export function stepLinesQuery(executionId: string, filter: StepFilter, limit = LINES) {
  return infiniteQueryOptions({
    queryKey: ["stepLines", executionId, filter, limit],
    queryFn: async ({ pageParam, signal }): Promise<PageOf<StepLine>> => {
      const query = { ...filter, limit, cursor: pageParam };
      const { data, response } = await listLinesOfSteps({ path: { execution_id: executionId }, query, signal });
      return { rows: data ?? [], next: nextCursor(response?.headers.get("Link") ?? null) };
    },
    initialPageParam: 0,
    getNextPageParam: (last: PageOf<StepLine>) => (last.next === null ? undefined : Number(last.next)),
    placeholderData: keepPreviousData,
  });
}

/** The attempts of one visit of a node. */
export function visitQuery(executionId: string, nodeId: string, visit: number) {
  const query = { node_id: nodeId, visit, limit: LINES };
  return queryOptions({
    queryKey: ["visit", executionId, nodeId, visit],
    queryFn: ({ signal }) => body(listLinesOfSteps({ path: { execution_id: executionId }, query, signal })),
  });
}

/** The step that failed first. */
export function firstFailedQuery(executionId: string) {
  const query = { status: "FAILED" as const, limit: 1 };
  return queryOptions({
    queryKey: ["firstFailed", executionId],
    queryFn: ({ signal }) => body(listLinesOfSteps({ path: { execution_id: executionId }, query, signal })),
  });
}

export function stepQuery(executionId: string, stepId: string, full = true) {
  const query = { execution_id: executionId, full };
  return queryOptions({
    queryKey: ["step", executionId, stepId, full],
    queryFn: ({ signal }) => body(getStep({ path: { step_id: stepId }, query, signal })),
  });
}

/** A step without its large values, to be shown. */
export function shownStepQuery(executionId: string, stepId: string | undefined) {
  return { ...stepQuery(executionId, stepId ?? "", false), enabled: !!stepId };
}

/** Why a step went the way that it did; with an event, what the condition of a wait decides on it. */
export function stepExplanationQuery(executionId: string, stepId: string, eventId?: string) {
  const query = { execution_id: executionId, event_id: eventId };
  return queryOptions({
    queryKey: ["stepExplanation", executionId, stepId, eventId],
    queryFn: ({ signal }) => body(explainStep({ path: { step_id: stepId }, query, signal })),
  });
}
