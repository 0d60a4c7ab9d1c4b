/** The executions of a day as one bar, by their statuses; its tooltip has the numbers. */

import { lookOf } from "../status";

const ORDER = ["COMPLETED", "FAILED", "RUNNING", "PENDING", "PAUSED", "CANCELLED"];

export function LastDay({ counts }: { counts: Record<string, number> }) {
  const parts = ORDER.filter((status) => counts[status]).map((status) => ({ status, count: counts[status] as number }));
  const total = parts.reduce((sum, part) => sum + part.count, 0);
  if (total === 0) return <span className="quiet">–</span>;
  const text = parts.map((part) => `${part.count} ${lookOf(part.status).word.toLowerCase()}`).join(", ");
  return (
    <span className="last-day" role="img" aria-label={text} title={text}>
      <span className="last-day-bar">
        {parts.map((part) => (
          <span key={part.status} style={{ flexGrow: part.count, background: lookOf(part.status).colour }} />
        ))}
      </span>
      {total}
    </span>
  );
}
