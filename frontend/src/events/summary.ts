/** An event in one line. */

import type { Event } from "../api/events";

/** Leaves that a line has at most. */
const MOST = 6;

/** The name of an event: its type, else "Event". */
export function nameOf(event: Pick<Event, "type">): string {
  return typeof event.type === "string" && event.type ? event.type : "Event";
}

/** The values of a payload in a line: "lead.source LinkedIn · lead.score 70". */
export function lineOf(payload: unknown): string {
  const parts: string[] = [];
  collect(payload, "", parts);
  return parts.slice(0, MOST).join(" · ") + (parts.length > MOST ? " · …" : "");
}

function collect(value: unknown, path: string, parts: string[]): void {
  if (parts.length > MOST) return;
  if (Array.isArray(value)) parts.push(`${path} ${value.length} item${value.length === 1 ? "" : "s"}`);
  else if (value !== null && typeof value === "object") {
    for (const [key, item] of Object.entries(value)) collect(item, path ? `${path}.${key}` : key, parts);
  } else parts.push(`${path} ${cut(String(value))}`.trim());
}

function cut(text: string): string {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

/** The outcome of an event in words: "started 2", "collected", "none". */
export function outcomeOf(event: Pick<Event, "executions" | "held">): string {
  const started = event.executions.length;
  const held = event.held?.length ?? 0;
  if (started) return `started ${started}`;
  return held ? `held ${held}` : "none";
}

/** The moment at which an id was made, which its first 48 bits are. */
export function timeOfId(id: string): string | null {
  const ms = Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
  const at = new Date(ms);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}
