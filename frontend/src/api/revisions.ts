/** What the studio asks about the triggers that a workflow had. */

import { queryOptions } from "@tanstack/react-query";
import { listRevisions } from "../client/sdk.gen";
import type { RevisionRead } from "../client/types.gen";
import { body } from "./http";

export type Revision = RevisionRead;

/** One revision of a workflow: the list begins after its cursor, newest first. */
export function revisionQuery(workflowId: string, revision: number) {
  return queryOptions({
    queryKey: ["revision", workflowId, revision],
    queryFn: async ({ signal }) => {
      const path = { workflow_id: workflowId };
      const [found] = await body(listRevisions({ path, query: { limit: 1, cursor: revision + 1 }, signal }));
      return found ?? null;
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
}
