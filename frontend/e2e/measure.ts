/** Measuring the page: frames, times, memory, and the list of figures that a run prints. */

import { cpus, loadavg } from "node:os";
import type { Page } from "@playwright/test";
import { expect } from "./studio";

/** Others use the machine too: limits in milliseconds are widened by the processes that wait for a core. */
const LOAD = Math.max(1, (loadavg()[0] ?? 1) / cpus().length);

interface Limit {
  unit: string;
  limit: number;
  /** The same on a small page: `ratio` times as much is allowed where that is more. */
  baseline?: number;
  ratio?: number;
}

/** Note a figure, and fail softly if it is above its limit. */
export function note(goal: string, value: number, { unit, limit, baseline, ratio = 0 }: Limit): void {
  const beside = baseline === undefined ? "" : ` (baseline ${round(baseline)} ${unit})`;
  print(goal, `${limit} ${unit}`, `${round(value)} ${unit}${beside}`);
  const allowed = Math.max(unit === "ms" ? limit * LOAD : limit, (baseline ?? 0) * ratio);
  expect.soft(value, goal).toBeLessThanOrEqual(allowed);
}

/** Note a score that must not be below `least`; `goal` is what it is on a machine that does nothing else. */
export function noteScore(name: string, value: number, { goal, least }: { goal: number; least: number }): void {
  print(name, `≥ ${goal}`, String(value));
  expect.soft(value, name).toBeGreaterThanOrEqual(least);
}

/** A row of the table in docs/studio.md, and how busy the machine was. */
function print(goal: string, limit: string, measured: string): void {
  console.log(`| ${goal} | ${limit} | ${measured} | ${LOAD.toFixed(1)} |`);
}

function round(value: number): number {
  return value < 10 ? Math.round(value * 10) / 10 : Math.round(value);
}

export function percentile(values: number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

/** Milliseconds between frames while something happens. */
export async function framesWhile(page: Page, act: () => Promise<void>): Promise<number[]> {
  const running = await page.evaluateHandle(() => {
    const measure = { frames: [] as number[], isOver: false };
    let last = performance.now();
    const next = (now: number) => {
      measure.frames.push(now - last);
      last = now;
      if (!measure.isOver) requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
    return measure;
  });
  await act();
  return await running.evaluate((measure) => {
    measure.isOver = true;
    return measure.frames.slice(1);
  });
}

/** Milliseconds from the start of the navigation to the first frame with this element. */
export async function timeTo(page: Page, address: string, selector: string): Promise<number> {
  await page.goto(address, { waitUntil: "commit" });
  const found = await page.waitForFunction(
    (wanted) => (document.querySelector(wanted)?.checkVisibility() ? performance.now() : 0),
    selector,
    { polling: "raf", timeout: 60_000 },
  );
  return await found.jsonValue();
}

/** Megabytes of the heap of the page after a collection. */
export async function heapOf(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send("HeapProfiler.collectGarbage");
  await session.send("Performance.enable");
  const { metrics } = await session.send("Performance.getMetrics");
  await session.detach();
  return (metrics.find((each) => each.name === "JSHeapUsedSize")?.value ?? 0) / 1e6;
}
