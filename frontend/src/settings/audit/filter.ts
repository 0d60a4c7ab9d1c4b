/** The filter of the audit as the URL has it, and as the server takes it. */

import type { AuditFilter } from "../../api/audit";
import { type Search, text } from "../../search";

export interface AuditSearch {
  actor?: string;
  action?: string;
  thing?: string;
  thing_id?: string;
  /** Days of the user's calendar, such as 2026-01-31; both are included. */
  from?: string;
  to?: string;
  /** The entry that is shown whole. */
  open?: string;
}

export function readSearch(search: Search): AuditSearch {
  return {
    actor: text(search.actor),
    action: text(search.action),
    thing: text(search.thing),
    thing_id: text(search.thing_id),
    from: day(search.from),
    to: day(search.to),
    open: text(search.open),
  };
}

/** The filter of the request: whole days in the user's time zone. */
export function filterOf({ from, to, open: _, ...rest }: AuditSearch): AuditFilter {
  return { ...rest, from: from && startOf(from, 0), to: to && startOf(to, 1) };
}

/** The start of a day, or of the one after so many days. */
function startOf(day: string, later: number): string {
  const start = new Date(`${day}T00:00:00`);
  start.setDate(start.getDate() + later);
  return start.toISOString();
}

function day(value: unknown): string | undefined {
  const given = text(value);
  return given && /^\d{4}-\d\d-\d\d$/.test(given) && !Number.isNaN(Date.parse(given)) ? given : undefined;
}
