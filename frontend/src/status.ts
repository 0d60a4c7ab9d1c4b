/** Status → word, colour, icon and pattern, so that no status is told by its colour alone. */

import {
  Ban,
  Check,
  Circle,
  CircleDashed,
  CircleDot,
  Hourglass,
  LoaderCircle,
  type LucideIcon,
  Pause,
  SkipForward,
  X,
} from "lucide-react";

export interface StatusLook {
  word: string;
  /** A CSS colour: a variable of theme.ts. */
  colour: string;
  icon: LucideIcon;
  /** How a box or a bar of this status is drawn, beside its colour. */
  pattern: "solid" | "hollow" | "hatched" | "dashed" | "moving";
}

const LOOKS: Record<string, StatusLook> = {
  PENDING: { word: "Pending", colour: "var(--status-pending)", icon: CircleDot, pattern: "hollow" },
  READY: { word: "Ready", colour: "var(--status-ready)", icon: Circle, pattern: "hollow" },
  RUNNING: { word: "Running", colour: "var(--status-running)", icon: LoaderCircle, pattern: "moving" },
  WAITING: { word: "Waiting", colour: "var(--status-waiting)", icon: Hourglass, pattern: "hatched" },
  PAUSED: { word: "Paused", colour: "var(--status-paused)", icon: Pause, pattern: "hatched" },
  COMPLETED: { word: "Completed", colour: "var(--status-completed)", icon: Check, pattern: "solid" },
  FAILED: { word: "Failed", colour: "var(--status-failed)", icon: X, pattern: "solid" },
  SKIPPED: { word: "Skipped", colour: "var(--status-skipped)", icon: SkipForward, pattern: "dashed" },
  CANCELLED: { word: "Cancelled", colour: "var(--status-cancelled)", icon: Ban, pattern: "dashed" },
};

/** The look of a status; one that this page does not know is shown by its own word. */
export function lookOf(status: string): StatusLook {
  return LOOKS[status] ?? { word: status, colour: "var(--status-pending)", icon: CircleDashed, pattern: "dashed" };
}

/** Statuses of an execution, in the order in which filters list them. */
export const EXECUTION_STATUSES = ["RUNNING", "FAILED", "COMPLETED", "PENDING", "PAUSED", "CANCELLED"];

/** Statuses of a step. */
export const STEP_STATUSES = ["READY", "RUNNING", "WAITING", "COMPLETED", "FAILED", "SKIPPED", "CANCELLED"];

const TERMINAL = new Set(["COMPLETED", "FAILED", "CANCELLED"]);

/** True if an execution with this status does not change any more. */
export function isTerminal(status: string): boolean {
  return TERMINAL.has(status);
}
