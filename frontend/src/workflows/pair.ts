/** The two versions that are compared. */

export interface Pair {
  a?: number;
  b?: number;
}

/** The chosen versions, the older one first; without a choice the newest two. Those are all of `versions`, newest first. */
export function pairOf({ a, b }: Pair, versions: number[]): number[] {
  if (a === undefined && b === undefined) return versions.slice(0, 2).reverse();
  return [...new Set([a, b].flatMap((each) => each ?? []))].sort((one, other) => one - other);
}

/** The choice after a click on a version: it is taken or dropped, and of three the oldest choice is dropped. */
export function choosePair(chosen: number[], version: number): Pair {
  const left = chosen.filter((each) => each !== version);
  if (left.length < chosen.length) return { a: left[0], b: undefined };
  return { a: left[left.length - 1], b: version };
}
