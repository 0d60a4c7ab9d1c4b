/** The result of a backtest that has ended, in one sentence. */

import type { Backtest } from "../api/backtests";

export function summaryOf({ counts, progress, compare_to, status }: Backtest): string {
  const events = countText(progress.done, "event");
  if (status === "CANCELLED") return `It was stopped after ${events}.`;
  if (status === "FAILED") return `It failed after ${events}.`;
  if (progress.total === 0) return "There was no event to try it on.";
  if (compare_to === null) return `The rule matches ${counts.new.toLocaleString()} of ${events}.`;
  if (counts.new === 0 && counts.lost === 0) return `Both rules decided the same on all ${events}.`;
  const parts = [
    counts.new && `match ${countText(counts.new, "event")} more`,
    counts.lost && `lose ${countText(counts.lost, "event")}`,
  ].filter(Boolean);
  return `Of ${events}, this rule would ${parts.join(" and ")}.`;
}

/** "1 event", "1,200 events". */
export function countText(count: number, noun: string): string {
  return `${count.toLocaleString()} ${noun}${count === 1 ? "" : "s"}`;
}
