/** What the studio asks about the nodes of a workflow in its newest executions. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getGrid } from "../client/sdk.gen";
import type { GridRead } from "../client/types.gen";
import { body } from "./http";
import { EVERY, every } from "./live";

export type Grid = GridRead;

export function gridQuery(workflowId: string) {
  return queryOptions({
    queryKey: ["grid", workflowId],
    queryFn: ({ signal }) => body(getGrid({ path: { workflow_id: workflowId }, signal })),
    refetchInterval: every(EVERY.list),
    placeholderData: keepPreviousData,
  });
}
