/** The lines in which two JSON values differ, in hunks with a few equal lines around them. */

export interface DiffLine {
  side: "both" | "a" | "b";
  text: string;
}

/** Lines of a difference; a number stands for so many equal lines that are left out. */
export type Hunk = DiffLine | number;

/** Cells of the table of common lines above which the middle is one replacement. */
const MOST_CELLS = 2_000_000;
/** Equal lines that are shown before and after each change. */
const AROUND = 2;

/** The text that is compared: one line a value, keys in the order of the alphabet, so that their order does not count. */
export function linesOf(value: unknown): string[] {
  return value === undefined ? [] : JSON.stringify(sorted(value), null, 2).split("\n");
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** True if both are the same value, whatever the order of their keys. */
export function isSameValue(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));
}

export function diffLines(a: string[], b: string[]): DiffLine[] {
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end += 1;
  const both = (lines: string[]): DiffLine[] => lines.map((text) => ({ side: "both", text }));
  return [
    ...both(a.slice(0, start)),
    ...diffMiddle(a.slice(start, a.length - end), b.slice(start, b.length - end)),
    ...both(a.slice(a.length - end)),
  ];
}

/** By the longest common subsequence of lines; of very many lines, all of A and then all of B. */
function diffMiddle(a: string[], b: string[]): DiffLine[] {
  if (a.length * b.length > MOST_CELLS || a.length === 0 || b.length === 0) {
    return [...a.map((text) => ({ side: "a" as const, text })), ...b.map((text) => ({ side: "b" as const, text }))];
  }
  const common = commonLengths(a, b);
  const width = b.length + 1;
  const at = (i: number, j: number) => common[i * width + j] as number;
  const found: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      found.push({ side: "both", text: a[i] as string });
      i += 1;
      j += 1;
    } else if (j === b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      found.push({ side: "a", text: a[i] as string });
      i += 1;
    } else {
      found.push({ side: "b", text: b[j] as string });
      j += 1;
    }
  }
  return found;
}

/** For each pair of places, how many lines the rests have in common. */
function commonLengths(a: string[], b: string[]): Uint32Array {
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const below = common[(i + 1) * width + j] as number;
      const right = common[i * width + j + 1] as number;
      common[i * width + j] = a[i] === b[j] ? (common[(i + 1) * width + j + 1] as number) + 1 : Math.max(below, right);
    }
  }
  return common;
}

/** The changed lines with a few around them; longer runs of equal lines are counted. */
export function hunksOf(lines: DiffLine[]): Hunk[] {
  const near = new Set<number>();
  lines.forEach((line, index) => {
    if (line.side === "both") return;
    for (let at = index - AROUND; at <= index + AROUND; at += 1) near.add(at);
  });
  const hunks: Hunk[] = [];
  lines.forEach((line, index) => {
    const last = hunks[hunks.length - 1];
    if (near.has(index)) hunks.push(line);
    else if (typeof last === "number") hunks[hunks.length - 1] = last + 1;
    else hunks.push(1);
  });
  return hunks;
}
