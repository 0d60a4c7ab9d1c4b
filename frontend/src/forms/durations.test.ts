import { expect, it } from "vitest";
import { durationText, secondsOf } from "./durations";

it("reads durations as the server does", () => {
  expect(["1.5s", "5m", " 2 h ", "30d", "250ms", "7", ".5"].map(secondsOf)).toEqual([
    1.5, 300, 7200, 2592000, 0.25, 7, 0.5,
  ]);
  expect(secondsOf(4)).toBe(4);
  expect(["5 min", "", "-1s", "{{ t }}", null, true, -1].map(secondsOf)).toEqual(Array(7).fill(null));
});

it("says the seconds of a text with a unit", () => {
  expect(durationText("5m")).toBe("5m: 300 seconds");
  expect(durationText("1s")).toBe("1s: 1 second");
  expect(durationText("2d")).toBe("2d: 172,800 seconds");
  expect(durationText("7")).toBeNull();
  expect(durationText(7)).toBeNull();
  expect(durationText("{{ t }}")).toBeNull();
});
