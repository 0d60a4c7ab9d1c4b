/** What the studio asks about workflows. */

import { keepPreviousData } from "@tanstack/react-query";
import { createWorkflow, listSummaries } from "../client/sdk.gen";
import type { CreateWorkflowData, WorkflowSummaryRead } from "../client/types.gen";
import { body } from "./http";
import { EVERY } from "./live";
import { PAGE, pagedOptions } from "./pages";

export type WorkflowSummary = WorkflowSummaryRead;

export interface WorkflowFilter {
  q?: string;
  kind?: string;
  is_active?: boolean;
  failing?: boolean;
}

export function workflowsQuery(filter: WorkflowFilter = {}) {
  return {
    ...pagedOptions<WorkflowSummary>(
      ["workflows", filter],
      (cursor, signal) => listSummaries({ query: { ...filter, limit: PAGE, cursor }, signal }),
      EVERY.counts,
    ),
    placeholderData: keepPreviousData,
  };
}

/** The workflow of this name, which is created where there is none. */
export async function ensureWorkflow(wanted: Record<string, unknown>): Promise<{ id: string }> {
  const found = await body(listSummaries({ query: { q: String(wanted.name), limit: 100 } }));
  const same = found.find((each) => each.name === wanted.name);
  return same ?? body(createWorkflow({ body: wanted as CreateWorkflowData["body"] }));
}
