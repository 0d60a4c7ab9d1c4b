/** Whether the server answers: every request notes it here, and the badge in the header shows it. */

import { useSyncExternalStore } from "react";

let silentSince: Date | null = null;
const listeners = new Set<() => void>();

function set(value: Date | null): void {
  if (silentSince === value) return;
  silentSince = value;
  for (const listener of listeners) listener();
}

/** Note that the server has answered. */
export function noteAnswer(): void {
  set(null);
}

/** Note that the server has not answered. */
export function noteSilence(): void {
  set(silentSince ?? new Date());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Since when the server has not answered; null while it does. */
export function useSilentSince(): Date | null {
  return useSyncExternalStore(subscribe, () => silentSince);
}
