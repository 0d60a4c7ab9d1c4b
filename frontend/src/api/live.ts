/**
 * When to ask the server again: the only place that decides it.
 *
 * A hidden tab asks nothing, because `refetchIntervalInBackground` is false, and reads once when it is shown again.
 */

import type { Query } from "@tanstack/react-query";
import { isTerminal } from "../status";

/** Milliseconds between two requests. */
export const EVERY = { afterAction: 500, running: 1000, waiting: 5000, list: 5000, counts: 15_000, longest: 30_000 };
/** Milliseconds after a user's own action in which the page asks more often. */
const ACTION = 10_000;

let actedAt = Number.NEGATIVE_INFINITY;
let isPaused = false;

/** Note that the user has just changed something, and waits for its effect. */
export function noteAction(now = Date.now()): void {
  actedAt = now;
}

/** Stop or resume all live updates: the user's switch in the header. */
export function pauseLive(paused: boolean): void {
  isPaused = paused;
}

/** The interval after errors: twice as long after each, 30 seconds at most. */
function slowed(interval: number, failures: number): number {
  return Math.min(EVERY.longest, interval * 2 ** Math.min(failures, 8));
}

interface Asked {
  state: Pick<Query["state"], "errorUpdateCount" | "status" | "fetchFailureCount">;
}

/** The interval for anything that is asked every so often. */
export function every(interval: number): (query: Asked) => number | false {
  return ({ state }) => {
    if (isPaused) return false;
    return state.status === "error" || state.fetchFailureCount > 0
      ? slowed(interval, state.fetchFailureCount || 1)
      : interval;
  };
}

/** The interval for one execution with this status; none after its end. */
export function executionInterval(status: string | undefined, now = Date.now()): number | false {
  if (isPaused || (status !== undefined && isTerminal(status))) return false;
  if (now - actedAt < ACTION) return EVERY.afterAction;
  return status === undefined || status === "RUNNING" ? EVERY.running : EVERY.waiting;
}
