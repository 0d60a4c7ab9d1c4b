/** Why nothing can be changed now, as a sentence; null where it can. */

import { useSilentSince } from "../api/connection";

export function useWriteBlock(): string | null {
  const since = useSilentSince();
  if (!since) return null;
  const time = since.toLocaleTimeString(undefined, { timeStyle: "short" });
  return `The server has not answered since ${time}. This can be done as soon as it answers again.`;
}
