import { describe, expect, it } from "vitest";
import { covered, FOLD, gapsOf, momentAt, place, segmentsOf } from "./fold";

const DAY = 86_400_000;
//   ██──────────── a day ────────────██
const work = [
  { from: 0, to: 1000 },
  { from: DAY, to: DAY + 1000 },
];
const whole = { from: 0, to: DAY + 1000 };

describe("gapsOf", () => {
  it("finds the long time without work", () => {
    expect(gapsOf(whole, work)).toEqual([{ from: 1000, to: DAY }]);
  });

  it("finds the time after the last work", () => {
    expect(gapsOf({ from: 0, to: 60_000 }, [{ from: 0, to: 1000 }])).toEqual([{ from: 1000, to: 60_000 }]);
  });

  it("keeps short gaps", () => {
    expect(
      gapsOf({ from: 0, to: 3000 }, [
        { from: 0, to: 500 },
        { from: 1500, to: 3000 },
      ]),
    ).toEqual([]);
  });

  it("sees work that overlaps", () => {
    expect(
      gapsOf({ from: 0, to: 20_000 }, [
        { from: 0, to: 15_000 },
        { from: 1000, to: 2000 },
        { from: 15_000, to: 20_000 },
      ]),
    ).toEqual([]);
  });
});

describe("segmentsOf", () => {
  const segments = segmentsOf(whole, gapsOf(whole, work), 1000);

  it("gives the width to the times with work", () => {
    expect(segments.map((each) => Math.round(each.width))).toEqual([472, FOLD, 472]);
  });

  it("places moments, and finds them again", () => {
    expect(place(segments, 0)).toBe(0);
    expect(place(segments, 500)).toBe(236);
    expect(place(segments, DAY + 1000)).toBe(1000);
    expect(momentAt(segments, 236)).toBe(500);
    expect(momentAt(segments, 1000)).toBe(DAY + 1000);
  });

  it("has one part where nothing has happened yet", () => {
    expect(segmentsOf({ from: 5, to: 5 }, [], 100)).toEqual([{ from: 5, to: 6, folded: false, start: 0, width: 100 }]);
  });
});

it("counts time that overlaps once", () => {
  expect(
    covered([
      { from: 0, to: 10 },
      { from: 5, to: 12 },
      { from: 20, to: 21 },
    ]),
  ).toBe(13);
});
