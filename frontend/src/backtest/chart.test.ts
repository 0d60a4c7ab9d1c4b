import { expect, test } from "vitest";
import { burstOf, chartOf } from "./chart";

const FROM = "2026-03-01T00:00:00Z";
const TO = "2026-03-01T10:00:00Z";

function bucket(hour: number, counts: { new?: number; lost?: number; same?: number }) {
  const at = (h: number) => `2026-03-01T${String(h).padStart(2, "0")}:00:00Z`;
  return { from: at(hour), to: at(hour + 1), new: 0, lost: 0, same: 0, ...counts };
}

test("a bar lies where its time is, and its parts are stacked", () => {
  const { bars, most } = chartOf([bucket(2, { same: 10, new: 10 })], FROM, TO, { width: 1000, height: 100 });
  expect(most).toBe(20);
  expect(bars[0]?.x).toBe(200);
  expect(bars[0]?.parts).toEqual([
    { series: "same", y: 50, height: 50 },
    { series: "new", y: 0, height: 50 },
  ]);
});

test("one event among thousands is seen, inside of the chart", () => {
  const { bars } = chartOf([bucket(0, { same: 5000, lost: 1 })], FROM, TO, { width: 100, height: 100 });
  const lost = bars[0]?.parts[1];
  expect(lost?.height).toBeGreaterThan(2);
  expect(lost?.y).toBeCloseTo(0);
});

test("ten times as many as ever is a burst", () => {
  const quiet = bucket(1, { same: 9 });
  expect(burstOf([quiet, bucket(4, { new: 96 })])).toMatchObject({ would: 96, usual: 9 });
  expect(burstOf([quiet, bucket(4, { new: 80 })])).toBeUndefined();
  expect(burstOf([bucket(4, { new: 80 })])).toBeUndefined();
});
