/** Two texts line by line: what was added and removed, with a few lines around. */

import { diffLines } from "../ui/diffLines";

export interface DiffLine {
  mark: "added" | "removed" | "same" | "gap";
  text: string;
  /** The lines that a gap leaves out. */
  left?: number;
}

/** Equal lines that are shown beside a difference. */
const AROUND = 3;

/** The lines to show. */
export function diffText(before: string, after: string): DiffLine[] {
  const runs: { mark: "added" | "removed" | "same"; lines: string[] }[] = [];
  for (const { side, text } of diffLines(splitLines(before), splitLines(after))) {
    const mark = side === "a" ? "removed" : side === "b" ? "added" : "same";
    const last = runs.at(-1);
    if (last?.mark === mark) last.lines.push(text);
    else runs.push({ mark, lines: [text] });
  }
  return runs.flatMap(({ mark, lines }, index) => {
    if (mark !== "same") return lines.map((text): DiffLine => ({ mark, text }));
    return shorten(lines, index === 0 ? 0 : AROUND, index === runs.length - 1 ? 0 : AROUND);
  });
}

function splitLines(text: string): string[] {
  return text.replace(/\n$/, "").split("\n");
}

/** Equal lines without those in the middle. */
function shorten(lines: string[], head: number, tail: number): DiffLine[] {
  const same = (text: string): DiffLine => ({ mark: "same", text });
  const left = lines.length - head - tail;
  if (left <= 1) return lines.map(same);
  const end = tail ? lines.slice(-tail) : [];
  return [...lines.slice(0, head).map(same), { mark: "gap", text: "", left }, ...end.map(same)];
}
