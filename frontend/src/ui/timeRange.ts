/** A range of time as the URL has it, and as the server takes it. */

import { oneOf, type Search, text } from "../search";

const MINUTE = 60_000;

/** Ranges that end now. */
export const RANGES = {
  hour: { label: "Last hour", ms: 60 * MINUTE },
  day: { label: "Last 24 hours", ms: 24 * 60 * MINUTE },
  week: { label: "Last 7 days", ms: 7 * 24 * 60 * MINUTE },
} as const;

export interface RangeSearch {
  range?: keyof typeof RANGES | "between";
  /** Moments in ISO 8601, in UTC; only of "between". */
  from?: string;
  to?: string;
}

export function readRange(search: Search): RangeSearch {
  const range = oneOf(search.range, [...(Object.keys(RANGES) as (keyof typeof RANGES)[]), "between"] as const);
  if (range !== "between") return { range };
  return { range, from: moment(search.from), to: moment(search.to) };
}

/** The bounds of a request; those of a range that ends now are of this moment. */
export function boundsOf({ range, from, to }: RangeSearch, now = Date.now()): { from?: string; to?: string } {
  if (!range) return {};
  if (range === "between") return { from, to };
  return { from: new Date(now - RANGES[range].ms).toISOString() };
}

function moment(value: unknown): string | undefined {
  const given = text(value);
  return given && /^\d{4}-\d\d-\d\dT/.test(given) && !Number.isNaN(Date.parse(given))
    ? new Date(given).toISOString()
    : undefined;
}

/** A moment as a field for dates and times has it, in the user's time zone. */
export function toLocal(value: string | undefined): string {
  if (!value) return "";
  const at = new Date(value);
  return new Date(at.getTime() - at.getTimezoneOffset() * MINUTE).toISOString().slice(0, 16);
}

/** The moment of such a field. */
export function fromLocal(value: string): string | undefined {
  const at = Date.parse(value);
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
