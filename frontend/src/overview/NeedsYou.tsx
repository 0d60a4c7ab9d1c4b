/** What needs somebody: executions that failed, approvals that end soon, events for which a trigger failed. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CalendarClock, TriangleAlert } from "lucide-react";
import { inboxQuery } from "../api/approvals";
import { eventsQuery } from "../api/events";
import { executionsQuery } from "../api/executions";
import { useMay } from "../api/me";
import { rowsOf } from "../api/pages";
import { titleOf } from "../approvals/words";
import { lineOf, nameOf } from "../events/summary";
import { ExecutionRows } from "../executions/ExecutionRows";
import { Time } from "../ui/Time";

/** Rows of each list. */
const SHOWN = { failed: 5, approvals: 3, events: 3 };

export function NeedsYou() {
  const may = useMay();
  const failed = useInfiniteQuery(executionsQuery({ status: "FAILED", time: { range: "day" } }));
  const approvals = useInfiniteQuery({ ...inboxQuery("soon"), enabled: may("approvals:decide", "executions:read") });
  const broken = useInfiniteQuery(eventsQuery({ started: "error", range: "day" }));
  const rows = {
    failed: rowsOf(failed.data).slice(0, SHOWN.failed),
    approvals: rowsOf(approvals.data).slice(0, SHOWN.approvals),
    events: rowsOf(broken.data).slice(0, SHOWN.events),
  };
  if (rows.failed.length + rows.approvals.length + rows.events.length === 0) return null;
  return (
    <section aria-label="Needs you">
      <h2 className="section-title">Needs you</h2>
      {rows.approvals.length + rows.events.length > 0 && (
        <ul className="panel misses" aria-label="Approvals and events that need you">
          {rows.approvals.map((row) => (
            <li key={row.id}>
              <Link to="/approvals" search={{ id: row.id }} className="plain-link">
                <span className="cut">
                  <CalendarClock size={14} aria-hidden className="inline-icon" />
                  <strong>{titleOf(row)}</strong> of {row.workflow_name} has to be decided
                </span>
                <span className="quiet">
                  <Time at={row.expires_at} />
                </span>
              </Link>
            </li>
          ))}
          {rows.events.map((row) => (
            <li key={row.id}>
              <Link to="/events/$eventId" params={{ eventId: row.id }} className="plain-link">
                <span className="cut">
                  <TriangleAlert size={14} aria-hidden className="inline-icon" />
                  <strong>A trigger failed</strong> at {nameOf(row)} {lineOf(row.payload)}
                </span>
                <span className="quiet">
                  <Time at={row.received_at} />
                </span>
              </Link>
            </li>
          ))}
        </ul>
      )}
      {rows.failed.length > 0 && <ExecutionRows label="Failed in the last 24 hours" rows={rows.failed} />}
    </section>
  );
}
