/** Two texts line by line: what was added and removed, with a few lines around. */

import { diffLines } from "diff";

export interface DiffLine {
  mark: "added" | "removed" | "same" | "gap";
  text: string;
  /** The lines that a gap leaves out. */
  left?: number;
}

/** Equal lines that are shown beside a difference. */
const AROUND = 3;
/** Milliseconds after which a comparison is given up. */
const PATIENCE = 500;

/** The lines to show; null where the texts are too different to be compared in time. */
export function diffText(before: string, after: string): DiffLine[] | null {
  const parts = diffLines(before, after, { timeout: PATIENCE, ignoreNewlineAtEof: true });
  if (!parts) return null;
  return parts.flatMap((part, index) => {
    const lines = part.value.replace(/\n$/, "").split("\n");
    const mark = part.added ? "added" : part.removed ? "removed" : "same";
    if (mark !== "same") return lines.map((text): DiffLine => ({ mark, text }));
    return shorten(lines, index === 0 ? 0 : AROUND, index === parts.length - 1 ? 0 : AROUND);
  });
}

/** Equal lines without those in the middle. */
function shorten(lines: string[], head: number, tail: number): DiffLine[] {
  const same = (text: string): DiffLine => ({ mark: "same", text });
  const left = lines.length - head - tail;
  if (left <= 1) return lines.map(same);
  const end = tail ? lines.slice(-tail) : [];
  return [...lines.slice(0, head).map(same), { mark: "gap", text: "", left }, ...end.map(same)];
}
