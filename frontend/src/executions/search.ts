/** The filter of the list of executions, as the URL has it and as the server takes it. */

import type { ExecutionFilter } from "../api/executions";
import { oneOf, type Search, text } from "../search";
import { EXECUTION_STATUSES } from "../status";
import { type RangeSearch, readRange } from "../ui/timeRange";

/** Whether tests are listed: together with all others, or alone; they are not otherwise. */
const TESTS = ["with", "only"] as const;

export interface ExecutionsSearch extends RangeSearch {
  /** Statuses, separated by commas. */
  status?: string;
  q?: string;
  workflow?: string;
  event?: string;
  parent?: string;
  forkedFrom?: string;
  tests?: (typeof TESTS)[number];
}

export function readExecutionsSearch(search: Search): ExecutionsSearch {
  return {
    status: joined(statusesOf(text(search.status))),
    q: text(search.q),
    workflow: text(search.workflow),
    event: text(search.event),
    parent: text(search.parent),
    forkedFrom: text(search.forkedFrom),
    tests: oneOf(search.tests, TESTS),
    ...readRange(search),
  };
}

export function filterOf(search: ExecutionsSearch): ExecutionFilter {
  const { status, q, workflow, event, parent, forkedFrom, tests, range, from, to } = search;
  const kind = tests && ({ with: "all", only: "test" } as const)[tests];
  const ids = { workflow_id: workflow, event_id: event, parent_id: parent, forked_from: forkedFrom };
  return { status, q, kind, ...ids, time: { range, from, to } };
}

/** The chosen statuses, in the order of the list. */
export function statusesOf(status: string | undefined): string[] {
  const chosen = new Set(status?.split(","));
  return EXECUTION_STATUSES.filter((each) => chosen.has(each));
}

/** The choice after a click on a status: it is taken or dropped. */
export function toggleStatus(status: string | undefined, clicked: string): string | undefined {
  const chosen = statusesOf(status);
  const isChosen = chosen.includes(clicked);
  return joined(EXECUTION_STATUSES.filter((each) => (each === clicked ? !isChosen : chosen.includes(each))));
}

function joined(statuses: string[]): string | undefined {
  return statuses.join(",") || undefined;
}

/** True if anything narrows the list. */
export function isNarrowed(search: ExecutionsSearch): boolean {
  return Object.values(search).some((value) => value !== undefined);
}
