import { expect, test } from "vitest";
import { localText, rangeOf } from "./range";

const NOW = new Date("2026-03-10T12:00:00Z");
const EMPTY = { from: "", to: "" };

test("a length counts back from now, and has no end", () => {
  expect(rangeOf("day", EMPTY, NOW)).toEqual({ from: "2026-03-09T12:00:00.000Z" });
});

test("two moments are local times", () => {
  const range = rangeOf("between", { from: "2026-03-01T08:00", to: "2026-03-02T08:00" }, NOW);
  expect(range).toEqual({
    from: new Date("2026-03-01T08:00").toISOString(),
    to: new Date("2026-03-02T08:00").toISOString(),
  });
});

test("a moment is written as an input has it", () => {
  expect(new Date(localText("2026-03-01T08:00:00Z"))).toEqual(new Date("2026-03-01T08:00:00Z"));
});

test("a range that cannot be is refused with a sentence", () => {
  expect(rangeOf("between", EMPTY, NOW)).toEqual({ error: "Choose when the range begins." });
  expect(rangeOf("between", { from: "2026-03-02T08:00", to: "2026-03-01T08:00" }, NOW)).toEqual({
    error: "The range ends before it begins.",
  });
});
