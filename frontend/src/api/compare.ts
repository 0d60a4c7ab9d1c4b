/** How two executions differ. */

import { queryOptions } from "@tanstack/react-query";
import { compareWith } from "../client/sdk.gen";
import type { ComparedNodeRead, DiffRead } from "../client/types.gen";
import { isTerminal } from "../status";
import { body } from "./http";
import { EVERY, every } from "./live";

export type Diff = DiffRead;
export type ComparedNode = ComparedNodeRead;

/** The comparison, asked for again while one of the two (by their statuses) has not ended. */
export function diffQuery(a: string, b: string, statuses: (string | undefined)[]) {
  const hasEnded = statuses.every((status) => status !== undefined && isTerminal(status));
  return queryOptions({
    queryKey: ["diff", a, b],
    queryFn: ({ signal }) => body(compareWith({ path: { execution_id: a, other_id: b }, signal })),
    refetchInterval: hasEnded ? false : every(EVERY.list),
  });
}
