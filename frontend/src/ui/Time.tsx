/** A moment, as its distance from now; the tooltip has it in full. */

import { absoluteText, durationText, relativeText } from "./time";
import { useNow } from "./useNow";

export function Time({ at }: { at: string | null | undefined }) {
  const now = useNow();
  if (!at) return <span className="quiet">–</span>;
  const moment = new Date(at);
  const latest = moment > now && moment.getTime() - now.getTime() < 10_000 ? moment : now;
  return (
    <time dateTime={at} title={absoluteText(moment)}>
      {relativeText(moment, latest)}
    </time>
  );
}

/** The time between two moments; up to now without an end. */
export function Duration({ from, to }: { from: string | null | undefined; to: string | null | undefined }) {
  const now = useNow();
  if (!from) return <span className="quiet">–</span>;
  const end = to ? new Date(to) : now;
  return <span>{durationText(Math.max(0, end.getTime() - new Date(from).getTime()))}</span>;
}
