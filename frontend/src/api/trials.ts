/** A rule that is being written, tried on recent events; nothing is stored. */

import { queryOptions } from "@tanstack/react-query";
import { explainTrigger, listEvents } from "../client/sdk.gen";
import type { EventRead, ExplanationRead } from "../client/types.gen";
import { writeJson } from "../graph/exact";
import type { Payload } from "./events";
import { body } from "./http";

/** Events on which a rule is tried. */
const MOST = 20;

/** The newest events. They stay while a rule is written, so that its answers can be compared. */
export function recentEventsQuery() {
  return queryOptions({
    queryKey: ["recentEvents"],
    queryFn: ({ signal }): Promise<EventRead[]> => body(listEvents({ query: { limit: MOST }, signal })),
    staleTime: 60_000,
  });
}

/** What a rule decides on each of these events, in their order; `key` names the events. */
export function triedQuery(rule: unknown, key: string, events: Payload[]) {
  return queryOptions({
    queryKey: ["tried", key, rule],
    queryFn: async ({ signal }) =>
      (await body(
        explainTrigger({ body: { rule, events }, bodySerializer: (given) => writeJson(given), signal }),
      )) as unknown as ExplanationRead[],
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 10_000,
    retry: false,
  });
}
