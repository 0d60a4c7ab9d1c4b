/** Counts in words. Steps are counted up to 10,000. */

export function countText(count: number): string {
  return count > 10_000 ? "10,000+" : count.toLocaleString("en");
}

export function manyText(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? "" : "s"}`;
}
