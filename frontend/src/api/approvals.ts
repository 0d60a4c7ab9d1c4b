/** What the studio asks about approvals. */

import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import {
  approveApproval,
  countApprovals,
  getApproval,
  listApprovals,
  listApprovalsOfInbox,
  rejectApproval,
} from "../client/sdk.gen";
import type { ApprovalRead, InboxRead } from "../client/types.gen";
import { body } from "./http";
import { EVERY, every } from "./live";
import { PAGE, pagedOptions } from "./pages";

export type Approval = ApprovalRead;
export type InboxRow = InboxRead;
export type InboxState = "waiting" | "decided";

export function inboxQuery(state: InboxState) {
  return {
    ...pagedOptions<InboxRow>(["inbox", state], (cursor, signal) =>
      listApprovalsOfInbox({ query: { state, limit: PAGE, cursor: cursor ? Number(cursor) : 0 }, signal }),
    ),
    placeholderData: keepPreviousData,
  };
}

export function approvalCountsQuery() {
  return queryOptions({
    queryKey: ["approvalCounts"],
    queryFn: ({ signal }) => body(countApprovals({ signal })),
    refetchInterval: every(EVERY.counts),
  });
}

/** The approvals of an execution, asked again when the status of the step that waits has changed. */
export function approvalsOfStepQuery(executionId: string, status: string) {
  return queryOptions({
    queryKey: ["approvalsOfExecution", executionId, status],
    queryFn: ({ signal }) => body(listApprovals({ query: { execution_id: executionId, status: "ALL" }, signal })),
    refetchInterval: status === "WAITING" ? every(EVERY.list) : false,
  });
}

export function approvalQuery(id: string) {
  return queryOptions({
    queryKey: ["approval", id],
    queryFn: ({ signal }) => body(getApproval({ path: { approval_id: id }, signal })),
    refetchInterval: every(EVERY.list),
  });
}

export interface Answer {
  approved: boolean;
  comment?: string;
  /** The name of the person; only where nobody has to sign in. */
  approved_by?: string;
}

/** Approve or reject. */
export function decide(id: string, { approved, comment, approved_by }: Answer): Promise<Approval> {
  const given = { path: { approval_id: id }, body: { comment: comment || undefined, approved_by } };
  return body(approved ? approveApproval(given) : rejectApproval(given));
}
