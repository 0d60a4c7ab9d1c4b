import { expect, test } from "vitest";
import type { Backtest } from "../api/backtests";
import { summaryOf } from "./summary";

function backtest(counts: Partial<Backtest["counts"]>, more: Partial<Backtest> = {}): Backtest {
  const none = { new: 0, lost: 0, same: 0, error: 0, near: 0 };
  const progress = { done: 40, total: 40 };
  return { status: "COMPLETED", compare_to: "current", progress, counts: { ...none, ...counts }, ...more } as Backtest;
}

test("rules that decide the same are told", () => {
  expect(summaryOf(backtest({ same: 4 }))).toBe("Both rules decided the same on all 40 events.");
});

test("what is won and lost is told", () => {
  expect(summaryOf(backtest({ new: 3, lost: 1 }))).toBe(
    "Of 40 events, this rule would match 3 events more and lose 1 event.",
  );
});

test("a rule that is compared with none has matches only", () => {
  expect(summaryOf(backtest({ new: 3 }, { compare_to: null }))).toBe("The rule matches 3 of 40 events.");
});

test("a backtest without events says so", () => {
  expect(summaryOf(backtest({}, { progress: { done: 0, total: 0 } }))).toBe("There was no event to try it on.");
});
