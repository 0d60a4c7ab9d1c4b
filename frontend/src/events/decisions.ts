/** Decisions in words and colours. */

import type { DecisionKind } from "../client/types.gen";

const WORDS: Record<DecisionKind | "matched", string> = {
  started: "started",
  queued: "queued",
  replacing: "replaced an older one",
  gathered: "collected",
  dropped: "dropped",
  not_matched: "did not match",
  error: "error",
  inactive: "switched off",
  not_yet: "did not exist yet",
  deleted: "deleted",
  no_trigger: "has no trigger",
  matched: "would match",
};

export function wordOf(decision: DecisionKind | "matched"): string {
  return WORDS[decision];
}

/** A variable of the theme. */
export function colourOf(decision: DecisionKind | "matched"): string {
  if (["started", "queued", "replacing", "gathered", "matched"].includes(decision)) return "var(--status-completed)";
  if (decision === "error" || decision === "dropped") return "var(--status-failed)";
  return "var(--status-skipped)";
}

/** The decisions that the tabs of an event show; undefined: all. */
export const TABS: { value: string; label: string; decision?: DecisionKind }[] = [
  { value: "all", label: "All" },
  { value: "started", label: "Started", decision: "started" },
  { value: "not_matched", label: "Did not match", decision: "not_matched" },
  { value: "error", label: "Error", decision: "error" },
];
