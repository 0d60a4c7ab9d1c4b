/** The filter of the list of events, as the URL has it. */

import type { EventFilter, Started } from "../api/events";
import { oneOf, type Search, text } from "../search";
import { readRange } from "../ui/timeRange";

const STARTED: Started[] = ["yes", "none", "near", "error"];

export function readEventsSearch(search: Search): EventFilter {
  return {
    // `set` is what older addresses have.
    started: oneOf(search.started ?? search.set, STARTED),
    type: text(search.type),
    source: text(search.source),
    path: text(search.path),
    value: text(search.value),
    q: text(search.q),
    ...readRange(search),
  };
}

/** A text such as "lead.source = LinkedIn" as a path and a value; without "=" anything at the path will do. */
export function parseCondition(condition: string | undefined): { path?: string; value?: string } {
  const [path = "", ...rest] = (condition ?? "").split("=");
  const value = rest
    .join("=")
    .trim()
    .replace(/^=\s*/, "")
    .replace(/^"(.*)"$/, "$1");
  return { path: path.trim() || undefined, value: path.trim() && rest.length && value ? value : undefined };
}

export function conditionText({ path, value }: { path?: string; value?: string }): string {
  return path ? `${path}${value === undefined ? "" : ` = ${value}`}` : "";
}
