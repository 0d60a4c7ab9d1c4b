/** The current time, which moves on once in a while. One timer serves all components. */

import { useSyncExternalStore } from "react";

/** Milliseconds between two ticks. */
const TICK = 5000;
let now = new Date();
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = new Date();
    for (const each of listeners) each();
  }, TICK);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time, at most five seconds old. */
export function useNow(): Date {
  return useSyncExternalStore(subscribe, () => now);
}
