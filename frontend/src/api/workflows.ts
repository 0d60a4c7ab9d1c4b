/** What the studio asks about workflows. */

import { queryOptions } from "@tanstack/react-query";
import { getWorkflow, listWorkflows } from "../client/sdk.gen";
import type { WorkflowRead } from "../client/types.gen";
import { body } from "./http";
import { EVERY } from "./live";
import { PAGE, pagedOptions } from "./pages";

export type Workflow = WorkflowRead;

export function workflowsQuery() {
  return pagedOptions<Workflow>(
    ["workflows"],
    (cursor, signal) => listWorkflows({ query: { limit: PAGE, cursor }, signal }),
    EVERY.counts,
  );
}

export function workflowQuery(id: string) {
  return queryOptions({
    queryKey: ["workflow", id],
    queryFn: ({ signal }) => body(getWorkflow({ path: { workflow_id: id }, signal })),
  });
}
