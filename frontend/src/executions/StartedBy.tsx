/** What started an execution: an event, another execution, or somebody by hand. */

import { Link } from "@tanstack/react-router";
import type { Execution } from "../api/executions";
import { shortId } from "../ui/Copy";

export function StartedBy({ row }: { row: Execution }) {
  const { parent, forked_from, event_id } = row;
  if (forked_from) return <Other id={forked_from} words="fork of" />;
  if (parent) return <Other id={parent.execution_id} words="execution" />;
  if (!event_id) return <span className="quiet">by hand</span>;
  return (
    <Link to="/events/$eventId" params={{ eventId: event_id }} className="plain-link">
      event <span className="mono">{shortId(event_id)}</span>
    </Link>
  );
}

function Other({ id, words }: { id: string; words: string }) {
  return (
    <Link to="/executions/$executionId" params={{ executionId: id }} className="plain-link">
      {words} <span className="mono">{shortId(id)}</span>
    </Link>
  );
}
