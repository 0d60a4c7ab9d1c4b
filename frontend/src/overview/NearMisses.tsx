/** Events that started nothing, and missed a trigger by one clause: each with that clause. */

import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { eventsQuery } from "../api/events";
import { rowsOf } from "../api/pages";
import { Time } from "../ui/Time";
import { Words } from "../ui/Words";

const SHOWN = 10;

export function NearMisses() {
  const { data } = useInfiniteQuery(eventsQuery({ started: "near" }));
  const events = rowsOf(data).slice(0, SHOWN);
  if (events.length === 0) return null;
  return (
    <section>
      <h2 className="section-title">Events that started nothing, and nearly did</h2>
      <ul className="panel misses">
        {events.map(({ id, received_at, nearest }) => (
          <li key={id}>
            {nearest && (
              <Link
                to="/events/$eventId/why/$workflowId"
                params={{ eventId: id, workflowId: nearest.workflow_id }}
                className="plain-link"
              >
                <span className="cut">
                  <strong>{nearest.workflow_name}</strong>: <Words text={nearest.first_failing_words} />
                </span>
                <span className="quiet">
                  <Time at={received_at} />
                </span>
              </Link>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
