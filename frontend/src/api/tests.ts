/** Test executions: a definition that need not be saved, or a part of it, run for real. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { listEvents, testWorkflow } from "../client/sdk.gen";
import type { PlannedTestRead, ResultRead, TestWorkflowData } from "../client/types.gen";
import { readJson, writeJson } from "../graph/exact";
import { body } from "./http";

export type TestRequest = TestWorkflowData["body"];
export type PlannedTest = PlannedTestRead;

/** Events that are offered. */
const EVENTS = 5;

/** Send a request with every number as it was written. */
async function send(workflowId: string, request: TestRequest, signal?: AbortSignal): Promise<unknown> {
  const exactly = { bodySerializer: (given: unknown) => writeJson(given), parseAs: "text" as const };
  const path = { workflow_id: workflowId };
  return readJson(String(await body(testWorkflow({ path, body: request, signal, ...exactly }))));
}

/** What a test would run, and with which data; nothing is started. */
export function testPlanQuery(workflowId: string, request: TestRequest | undefined) {
  return queryOptions({
    queryKey: ["testPlan", workflowId, request],
    queryFn: async ({ signal }) => (await send(workflowId, { ...request, dry_run: true }, signal)) as PlannedTest,
    enabled: request !== undefined,
    placeholderData: keepPreviousData,
    gcTime: 10_000,
    retry: false,
  });
}

/** The newest events, whose payloads a test can begin with. */
export function newestEventsQuery() {
  return queryOptions({
    queryKey: ["newestEvents"],
    queryFn: ({ signal }) => body(listEvents({ query: { limit: EVENTS }, signal })),
    staleTime: 15_000,
  });
}

export async function startTest(workflowId: string, request: TestRequest): Promise<ResultRead> {
  return (await send(workflowId, request)) as ResultRead;
}
