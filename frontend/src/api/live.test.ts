import { afterEach, describe, expect, it } from "vitest";
import { EVERY, every, executionInterval, noteAction, pauseLive } from "./live";

afterEach(() => {
  pauseLive(false);
  noteAction(Number.NEGATIVE_INFINITY);
});

describe("executionInterval", () => {
  it("stops when the execution has ended", () => {
    expect(executionInterval("COMPLETED")).toBe(false);
    expect(executionInterval("RUNNING")).toBe(EVERY.running);
    expect(executionInterval("PAUSED")).toBe(EVERY.waiting);
  });

  it("asks more often after an action of the user", () => {
    noteAction(1000);

    expect(executionInterval("RUNNING", 5000)).toBe(EVERY.afterAction);
    expect(executionInterval("RUNNING", 11_001)).toBe(EVERY.running);
  });

  it("asks nothing while live updates are paused", () => {
    pauseLive(true);

    expect(executionInterval("RUNNING")).toBe(false);
  });
});

describe("every", () => {
  it("backs off to half a minute while the server is silent", () => {
    const asked = (fetchFailureCount: number) => ({
      state: { status: "error" as const, fetchFailureCount, errorUpdateCount: fetchFailureCount },
    });

    expect(every(EVERY.list)(asked(1))).toBe(10_000);
    expect(every(EVERY.list)(asked(20))).toBe(EVERY.longest);
  });
});
