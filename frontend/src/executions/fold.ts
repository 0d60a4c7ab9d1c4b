/** Time as a line on the screen, on which long times without any work are folded. */

export interface Span {
  from: number;
  to: number;
}

/** A part of the time, and where it lies on the line. */
export interface Segment extends Span {
  folded: boolean;
  /** Pixels from the left. */
  start: number;
  width: number;
}

/** A gap is folded if it is longer than this part of the whole, and than this time in milliseconds. */
const PART = 0.05;
const LEAST = 2000;
/** Pixels of a folded gap. */
export const FOLD = 56;

/** The parts of `whole` in which nothing works, longest gaps only. */
export function gapsOf(whole: Span, work: Span[]): Span[] {
  const least = Math.max(LEAST, (whole.to - whole.from) * PART);
  const gaps: Span[] = [];
  let at = whole.from;
  for (const span of [...work].sort((a, b) => a.from - b.from)) {
    if (span.from - at > least) gaps.push({ from: at, to: Math.min(span.from, whole.to) });
    at = Math.max(at, span.to);
  }
  if (whole.to - at > least) gaps.push({ from: at, to: whole.to });
  return gaps.filter((gap) => gap.to > gap.from);
}

/** The line: open parts share the width that folded ones leave, each by its length. */
export function segmentsOf(whole: Span, folded: Span[], width: number): Segment[] {
  const parts: (Span & { folded: boolean })[] = [];
  let at = whole.from;
  for (const gap of folded) {
    if (gap.from > at) parts.push({ from: at, to: gap.from, folded: false });
    parts.push({ ...gap, folded: true });
    at = gap.to;
  }
  if (at < whole.to || parts.length === 0) parts.push({ from: at, to: Math.max(whole.to, at + 1), folded: false });
  const open = parts.filter((part) => !part.folded).reduce((sum, part) => sum + part.to - part.from, 0);
  const left = Math.max(0, width - FOLD * parts.filter((part) => part.folded).length);
  let start = 0;
  return parts.map((part) => {
    const size = part.folded ? FOLD : open > 0 ? (left * (part.to - part.from)) / open : 0;
    const segment = { ...part, start, width: size };
    start += size;
    return segment;
  });
}

/** Pixels from the left of a moment. */
export function place(segments: Segment[], moment: number): number {
  const found = segments.find((each) => moment <= each.to) ?? segments[segments.length - 1];
  if (!found) return 0;
  const share = Math.min(1, Math.max(0, (moment - found.from) / (found.to - found.from)));
  return found.start + share * found.width;
}

/** The moment at so many pixels from the left. */
export function momentAt(segments: Segment[], pixels: number): number {
  const found = segments.find((each) => pixels <= each.start + each.width) ?? segments[segments.length - 1];
  if (!found) return 0;
  const share = found.width > 0 ? (pixels - found.start) / found.width : 0;
  return found.from + Math.min(1, Math.max(0, share)) * (found.to - found.from);
}

/** The time in which at least one of the spans goes on. */
export function covered(spans: Span[]): number {
  let total = 0;
  let at = Number.NEGATIVE_INFINITY;
  for (const span of [...spans].sort((a, b) => a.from - b.from)) {
    total += Math.max(0, span.to - Math.max(at, span.from));
    at = Math.max(at, span.to);
  }
  return total;
}
