/** The range of time whose events a backtest evaluates. */

export type RangeKind = "day" | "week" | "month" | "between";

export const RANGES: { value: RangeKind; label: string }[] = [
  { value: "day", label: "24 hours" },
  { value: "week", label: "7 days" },
  { value: "month", label: "30 days" },
  { value: "between", label: "Between" },
];

const HOUR = 3_600_000;
const LENGTHS = { day: 24 * HOUR, week: 7 * 24 * HOUR, month: 30 * 24 * HOUR };

export interface Range {
  from: string;
  to?: string;
}

/** The two fields of a range, as `datetime-local` inputs write them: local time without a zone. */
export interface Between {
  from: string;
  to: string;
}

/** A moment as a `datetime-local` input writes it. */
export function localText(at: string): string {
  const moment = new Date(at);
  const shifted = new Date(moment.getTime() - moment.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

/** The range to ask for, or what is missing. An empty end is now. */
export function rangeOf(kind: RangeKind, between: Between, now: Date): Range | { error: string } {
  if (kind !== "between") return { from: new Date(now.getTime() - LENGTHS[kind]).toISOString() };
  const from = new Date(between.from);
  if (Number.isNaN(from.getTime())) return { error: "Choose when the range begins." };
  if (!between.to) return from < now ? { from: from.toISOString() } : { error: "The range begins in the future." };
  const to = new Date(between.to);
  if (Number.isNaN(to.getTime())) return { error: "Choose when the range ends, or leave it empty for now." };
  if (from >= to) return { error: "The range ends before it begins." };
  return { from: from.toISOString(), to: to.toISOString() };
}
