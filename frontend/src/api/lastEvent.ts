/** The newest event that started a workflow, and starting the workflow with its payload again. */

import { queryOptions } from "@tanstack/react-query";
import { getEvent, listExecutions, startExecution } from "../client/sdk.gen";
import { readJson, writeJson } from "../graph/exact";
import { body } from "./http";

/** Executions among which one that an event started is looked for. */
const NEWEST = 50;

export interface LastEvent {
  id: string;
  receivedAt: string;
  /** With numbers that a browser cannot hold as they are written. */
  payload: unknown;
}

export function lastEventQuery(workflowId: string) {
  return queryOptions({
    queryKey: ["lastEvent", workflowId],
    queryFn: async ({ signal }): Promise<LastEvent | null> => {
      const newest = await body(listExecutions({ query: { workflow_id: workflowId, limit: NEWEST }, signal }));
      const id = newest.find((execution) => execution.event_id)?.event_id;
      if (!id) return null;
      const text = await body(getEvent({ path: { event_id: id }, signal, parseAs: "text" }));
      const event = readJson(String(text)) as { payload: unknown; received_at: string };
      // Payloads are dropped after a while.
      if (!event.payload) return null;
      return { id, receivedAt: event.received_at, payload: event.payload };
    },
    staleTime: 5_000,
  });
}

/** Start a workflow with a payload that was read exactly. */
export function startWith(workflow_id: string, payload: unknown) {
  const bodySerializer = (each: unknown) => writeJson(each);
  return body(startExecution({ body: { workflow_id, payload: payload as Record<string, unknown> }, bodySerializer }));
}
