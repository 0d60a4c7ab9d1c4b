/** The bars of a histogram: where each part of a bucket lies, in pixels. */

import type { BucketRead } from "../client/types.gen";

export type Series = "same" | "new" | "lost";
/** From the bottom up. */
export const SERIES: Series[] = ["same", "new", "lost"];

export interface Bar {
  bucket: BucketRead;
  x: number;
  width: number;
  parts: { series: Series; y: number; height: number }[];
}

export interface Chart {
  bars: Bar[];
  /** The number of events of the highest bar. */
  most: number;
}

interface Size {
  width: number;
  height: number;
}

/** Pixels that a part has at least, so that one event among thousands is seen. */
const LEAST = 3;

export function chartOf(buckets: BucketRead[], from: string, to: string, size: Size): Chart {
  const start = Date.parse(from);
  const perMs = size.width / Math.max(1, Date.parse(to) - start);
  const most = Math.max(1, ...buckets.map(sumOf));
  const bars = buckets.map((bucket) => {
    const x = (Date.parse(bucket.from) - start) * perMs;
    const width = (Date.parse(bucket.to) - Date.parse(bucket.from)) * perMs;
    return { bucket, x, width: Math.max(2, width - 1), parts: partsOf(bucket, size.height / most, size.height) };
  });
  return { bars, most };
}

function partsOf(bucket: BucketRead, perEvent: number, height: number): Bar["parts"] {
  const shown = SERIES.filter((series) => bucket[series] > 0);
  const heights = shown.map((series) => Math.max(LEAST, bucket[series] * perEvent));
  const excess = height / Math.max(height, sum(heights));
  let y = height;
  return shown.map((series, index) => {
    const part = (heights[index] ?? 0) * excess;
    y -= part;
    return { series, y, height: part };
  });
}

export function sumOf(bucket: BucketRead): number {
  return bucket.new + bucket.lost + bucket.same;
}

function sum(values: number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

export interface Burst {
  bucket: BucketRead;
  /** Events that the rule matches in the bucket, and the most that the other one matched in any. */
  would: number;
  usual: number;
}

/** The bucket in which the rule matches most, where that is ten times what the other rule matched in any. */
export function burstOf(buckets: BucketRead[]): Burst | undefined {
  const usual = Math.max(0, ...buckets.map((each) => each.same + each.lost));
  const matched = (each: BucketRead) => each.same + each.new;
  const bucket = buckets.reduce<BucketRead | undefined>(
    (best, each) => (best && matched(best) >= matched(each) ? best : each),
    undefined,
  );
  if (!bucket || usual === 0 || matched(bucket) < 10 * usual) return undefined;
  return { bucket, would: matched(bucket), usual };
}
