/** The key of the user, kept for this tab only. */

const STORED = "trigraph-key";

/** The key, or null where the user has given none. */
export function readKey(): string | null {
  return sessionStorage.getItem(STORED);
}

export function keepKey(key: string): void {
  sessionStorage.setItem(STORED, key);
}

export function forgetKey(): void {
  sessionStorage.removeItem(STORED);
}
