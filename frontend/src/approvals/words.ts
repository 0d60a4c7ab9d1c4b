/** Approvals in words. */

import type { Approval } from "../api/approvals";

/** The title of an approval; the node that asks where it has none. */
export function titleOf(approval: Approval): string {
  return typeof approval.title === "string" && approval.title.trim() ? approval.title : approval.node_id;
}

/** How many have approved of those that must; nothing where one is enough. */
export function progressText(approval: Approval): string {
  if (approval.needed < 2) return "";
  const given = approval.decisions.filter((decision) => decision.approved).length;
  return `${given} of ${approval.needed} approved`;
}

/** Who may decide. */
export function approversText(approval: Approval): string {
  return approval.approvers.length > 0 ? approval.approvers.join(", ") : "Anybody";
}
