import { expect, it } from "vitest";
import { boundsOf, fromLocal, readRange, toLocal } from "./timeRange";

it("reads a range, and nothing odd", () => {
  expect(readRange({ range: "day", from: "2026-01-01T00:00:00Z" })).toEqual({ range: "day" });
  expect(readRange({ range: "year" })).toEqual({ range: undefined });
  expect(readRange({ range: "between", from: "2026-01-01T00:00:00+01:00", to: "soon" })).toEqual({
    range: "between",
    from: "2025-12-31T23:00:00.000Z",
    to: undefined,
  });
});

it("has the bounds of the moment at which it is asked", () => {
  const now = Date.parse("2026-01-02T00:00:00Z");

  expect(boundsOf({ range: "hour" }, now)).toEqual({ from: "2026-01-01T23:00:00.000Z" });
  expect(boundsOf({ range: "between", to: "2026-01-01T00:00:00.000Z" }, now)).toEqual({
    from: undefined,
    to: "2026-01-01T00:00:00.000Z",
  });
  expect(boundsOf({})).toEqual({});
});

it("shows a moment in the user's time zone, and reads it back", () => {
  expect(fromLocal(toLocal("2026-07-01T09:30:00.000Z"))).toBe("2026-07-01T09:30:00.000Z");
  expect(toLocal(undefined)).toBe("");
  expect(fromLocal("")).toBeUndefined();
});
