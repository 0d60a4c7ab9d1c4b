/** What the studio asks about events, and what workflows made of them. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import {
  explainTrigger,
  getEvent,
  getEventExplanation,
  listDecisions,
  listEvents,
  postEvent,
  startWorkflowForEvent,
} from "../client/sdk.gen";
import type {
  DecisionKind,
  EventAnswer,
  EventDecisionRead,
  EventExplanationRead,
  EventRead,
  ExplanationRead,
  StartedEventRead,
} from "../client/types.gen";
import { boundsOf, type RangeSearch } from "../ui/timeRange";
import { body } from "./http";
import { EVERY } from "./live";
import { PAGE, pagedOptions } from "./pages";

export type Event = EventRead;
export type Decision = EventDecisionRead;
export type Explanation = EventExplanationRead;
/** A payload as it is posted. */
export type Payload = Record<string, unknown>;

/** What events have started: something, nothing, nothing but nearly something; or a trigger failed. */
export type Started = "yes" | "none" | "near" | "error";

export interface EventFilter extends RangeSearch {
  started?: Started;
  type?: string;
  source?: string;
  path?: string;
  value?: string;
  q?: string;
}

export function eventsQuery(filter: EventFilter = {}) {
  return {
    ...pagedOptions<Event>(["events", filter], (cursor, signal) =>
      listEvents({ query: { ...eventQueryOf(filter), limit: PAGE, cursor }, signal }),
    ),
    placeholderData: keepPreviousData,
  };
}

/** The filter as the server takes it; events that nearly started something cannot be narrowed further. */
export function eventQueryOf({ started, range, from, to, ...rest }: EventFilter) {
  if (started === "near") return { near: true };
  const { value, ...texts } = rest;
  return { ...texts, value: rest.path ? value : undefined, matched: started, ...boundsOf({ range, from, to }) };
}

export function eventQuery(id: string) {
  return queryOptions({
    queryKey: ["event", id],
    queryFn: ({ signal }) => body(getEvent({ path: { event_id: id }, signal })),
  });
}

export interface DecisionFilter {
  decision?: DecisionKind;
  q?: string;
}

/** The decisions of all workflows on an event, the nearest misses first. Computed by the server: not asked again. */
export function decisionsQuery(eventId: string, filter: DecisionFilter) {
  const options = pagedOptions<Decision>(
    ["decisions", eventId, filter],
    (cursor, signal) =>
      listDecisions({ path: { event_id: eventId }, query: { ...filter, sort: "near", limit: PAGE, cursor }, signal }),
    EVERY.longest,
  );
  return { ...options, refetchInterval: false as const };
}

/** Why a workflow did or did not start; by the trigger that the event met, or by the current one. */
export function explanationQuery(eventId: string, workflowId: string, revision?: "current") {
  return queryOptions({
    queryKey: ["explanation", eventId, workflowId, revision ?? "met"],
    queryFn: ({ signal }) =>
      body(getEventExplanation({ path: { event_id: eventId }, query: { workflow_id: workflowId, revision }, signal })),
  });
}

/** What a rule decides on an event; nothing is stored. */
export async function tryRule(rule: unknown, event: Payload): Promise<ExplanationRead> {
  const answer = await body(explainTrigger({ body: { rule, event } }));
  return answer as ExplanationRead;
}

export async function sendEvent(payload: Payload): Promise<EventAnswer> {
  return (await body(postEvent({ body: payload }))) as EventAnswer;
}

/** Start a workflow for an event although its trigger did not match. */
export function startAnyway(eventId: string, workflowId: string): Promise<StartedEventRead> {
  return body(startWorkflowForEvent({ path: { event_id: eventId }, body: { workflow_id: workflowId } }));
}
