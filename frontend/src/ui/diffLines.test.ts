import { describe, expect, it } from "vitest";
import { diffLines, hunksOf, isSameValue, linesOf } from "./diffLines";

const shown = (a: string[], b: string[]) =>
  diffLines(a, b).map(({ side, text }) => `${{ both: " ", a: "-", b: "+" }[side]}${text}`);

describe("diffLines", () => {
  it("keeps what is common, in order", () => {
    expect(shown(["a", "b", "c", "d"], ["a", "c", "x", "d"])).toEqual([" a", "-b", " c", "+x", " d"]);
  });

  it("shows a value that is on one side only", () => {
    expect(shown([], ["x"])).toEqual(["+x"]);
    expect(shown(["x"], [])).toEqual(["-x"]);
  });

  it("repeats the lines of both sides exactly", () => {
    const a = "one two three two one four".split(" ");
    const b = "two one three four one two".split(" ");
    const found = diffLines(a, b);

    expect(found.filter((line) => line.side !== "b").map((line) => line.text)).toEqual(a);
    expect(found.filter((line) => line.side !== "a").map((line) => line.text)).toEqual(b);
  });

  it("replaces the middle of very long values", () => {
    const many = (word: string) => Array.from({ length: 3000 }, (_, index) => `${word} ${index}`);

    expect(diffLines(["same", ...many("a")], ["same", ...many("b")])).toHaveLength(6001);
  });
});

it("does not count the order of keys", () => {
  expect(linesOf({ b: 1, a: { d: 2, c: 3 } })).toEqual(linesOf({ a: { c: 3, d: 2 }, b: 1 }));
  expect(isSameValue({ b: [1, { x: 1, y: 2 }] }, { b: [1, { y: 2, x: 1 }] })).toBe(true);
  expect(isSameValue([1, 2], [2, 1])).toBe(false);
});

it("counts equal lines far from a change", () => {
  const lines = diffLines("abcdefgh".split(""), "abcdefgX".split(""));

  expect(hunksOf(lines).map((hunk) => (typeof hunk === "number" ? hunk : hunk.text))).toEqual([5, "f", "g", "h", "X"]);
  expect(hunksOf(diffLines(["a"], ["a"]))).toEqual([1]);
});
