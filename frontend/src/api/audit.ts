/** What the studio asks about the audit. */

import { keepPreviousData } from "@tanstack/react-query";
import { listAudit } from "../client/sdk.gen";
import type { AuditRead } from "../client/types.gen";
import { PAGE, pagedOptions } from "./pages";

export type Entry = AuditRead;

export interface AuditFilter {
  actor?: string;
  action?: string;
  thing?: string;
  thing_id?: string;
  /** ISO moments: entries since `from`, and before `to`. */
  from?: string;
  to?: string;
}

export function auditQuery(filter: AuditFilter) {
  return {
    ...pagedOptions<Entry>(["audit", filter], (cursor, signal) =>
      listAudit({ query: { ...filter, limit: PAGE, cursor }, signal }),
    ),
    placeholderData: keepPreviousData,
  };
}
