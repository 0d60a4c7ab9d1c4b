/** How two executions differ. */

import { queryOptions } from "@tanstack/react-query";
import { compareWith } from "../client/sdk.gen";
import type { ComparedNodeRead, DiffRead } from "../client/types.gen";
import { isTerminal } from "../status";
import { body } from "./http";
import { EVERY, every } from "./live";

export type Diff = DiffRead;
export type ComparedNode = ComparedNodeRead;

/**
 * The comparison, asked for again while one of the two (by their statuses) has not ended, and once more when both have:
 * an answer may be older than the statuses that came meanwhile.
 */
export function diffQuery(a: string, b: string, statuses: (string | undefined)[]) {
  const hasEnded = statuses.every((status) => status !== undefined && isTerminal(status));
  return queryOptions({
    queryKey: ["diff", a, b, hasEnded],
    queryFn: ({ signal }) => body(compareWith({ path: { execution_id: a, other_id: b }, signal })),
    placeholderData: (before: Diff | undefined, query) => {
      const [, ...asked] = query?.queryKey ?? [];
      return asked[0] === a && asked[1] === b ? before : undefined;
    },
    refetchInterval: hasEnded ? false : every(EVERY.list),
  });
}
