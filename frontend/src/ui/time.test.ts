import { describe, expect, it } from "vitest";
import { durationText, relativeText } from "./time";

describe("durationText", () => {
  it.each([
    [0, "0 ms"],
    [870, "870 ms"],
    [1234, "1.2 s"],
    [59_400, "59 s"],
    [192_000, "3 m 12 s"],
    [7_200_000, "2 h"],
    [187_200_000, "2 d 4 h"],
  ])("writes %d ms as %s", (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });
});

describe("relativeText", () => {
  const now = new Date("2026-01-31T10:00:00Z");

  it.each([
    ["2026-01-31T09:59:58Z", "just now"],
    ["2026-01-31T09:58:00Z", "2 m ago"],
    ["2026-01-31T13:00:30Z", "in 3 h"],
    ["2026-01-28T09:00:00Z", "3 d ago"],
  ])("writes %s as %s", (moment, text) => {
    expect(relativeText(new Date(moment), now)).toBe(text);
  });
});
