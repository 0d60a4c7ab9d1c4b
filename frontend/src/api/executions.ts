/** What the studio asks about executions. */

import { listExecutions } from "../client/sdk.gen";
import type { ExecutionRead } from "../client/types.gen";
import { PAGE, pagedOptions } from "./pages";

export type Execution = ExecutionRead;

export interface ExecutionFilter {
  status?: Execution["status"];
  workflow_id?: string;
  event_id?: string;
  parent_id?: string;
  forked_from?: string;
}

export function executionsQuery(filter: ExecutionFilter) {
  return pagedOptions<Execution>(["executions", filter], (cursor, signal) =>
    listExecutions({ query: { ...filter, fields: "why", limit: PAGE, cursor }, signal }),
  );
}
