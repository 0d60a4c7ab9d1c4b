/** The sets of a backtest: their names, colours and icons. */

import { Check, CircleAlert, CircleDot, type LucideIcon, Minus, Plus } from "lucide-react";
import type { EventSet } from "../api/backtests";

export interface SetLook {
  value: EventSet;
  label: string;
  /** What its events have in common, as the end of a sentence. */
  about: string;
  /** A CSS colour: a variable of theme.ts. */
  colour: string;
  icon: LucideIcon;
}

export const SETS: SetLook[] = [
  {
    value: "new",
    label: "Newly matched",
    about: "that this rule matches and the current trigger does not",
    colour: "var(--status-completed)",
    icon: Plus,
  },
  {
    value: "lost",
    label: "No longer matched",
    about: "that the current trigger matches and this rule does not",
    colour: "var(--status-failed)",
    icon: Minus,
  },
  {
    value: "same",
    label: "Matched by both",
    about: "that both rules match",
    colour: "var(--status-ready)",
    icon: Check,
  },
  {
    value: "error",
    label: "Rule error",
    about: "on which this rule stops with an error",
    colour: "var(--status-paused)",
    icon: CircleAlert,
  },
  {
    value: "near",
    label: "Near misses",
    about: "that are one clause short of this rule",
    colour: "var(--status-waiting)",
    icon: CircleDot,
  },
];

/** The sets of a rule that is compared with none: everything that it matches is new. */
export function setsOf(isCompared: boolean): SetLook[] {
  if (isCompared) return SETS;
  return SETS.filter(({ value }) => value !== "lost" && value !== "same").map((set) =>
    set.value === "new" ? { ...set, label: "Matched", about: "that this rule matches" } : set,
  );
}
