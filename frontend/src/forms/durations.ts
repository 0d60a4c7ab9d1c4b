/** Durations as people write them, and the same in plain words. */

const WRITTEN = /^\s*(\d{1,15}(?:\.\d{1,15})?|\.\d{1,15})\s*(ms|[smhd])?\s*$/;
const SECONDS: Record<string, number> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400 };

/** The seconds of a duration; null: it is none. */
export function secondsOf(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : null;
  const [, number, unit = "s"] = typeof value === "string" ? (WRITTEN.exec(value) ?? []) : [];
  return number === undefined ? null : Number(number) * (SECONDS[unit] ?? 1);
}

/** "5m: 300 seconds"; null where that says nothing new. */
export function durationText(value: unknown): string | null {
  const seconds = secondsOf(value);
  if (seconds === null || typeof value !== "string" || !/[a-z]/.test(value)) return null;
  const rounded = Math.round(seconds * 1000) / 1000;
  return `${value.trim()}: ${rounded.toLocaleString("en")} ${rounded === 1 ? "second" : "seconds"}`;
}
