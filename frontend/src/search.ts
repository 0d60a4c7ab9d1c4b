/** Reading search parameters of the URL: anything that does not fit is as if it were absent. */

export type Search = Record<string, unknown>;

/** A text; numbers and booleans that the router has parsed count as their text. */
export function text(value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** One of these words. */
export function oneOf<Word extends string>(value: unknown, words: readonly Word[]): Word | undefined {
  return words.find((word) => word === value);
}

/** A whole number that is not negative. */
export function count(value: unknown): number | undefined {
  const found = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof found === "number" && Number.isSafeInteger(found) && found >= 0 ? found : undefined;
}
