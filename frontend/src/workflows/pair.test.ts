import { expect, it } from "vitest";
import { choosePair, pairOf } from "./pair";

it("compares the newest two at first", () => {
  expect(pairOf({}, [4, 3, 2, 1])).toEqual([3, 4]);
  expect(pairOf({}, [1])).toEqual([1]);
});

it("has the older one first", () => {
  expect(pairOf({ a: 4, b: 2 }, [4, 3, 2, 1])).toEqual([2, 4]);
  expect(pairOf({ a: 4, b: 4 }, [4, 3])).toEqual([4]);
});

it("keeps the newer of two when a third is chosen", () => {
  expect(choosePair([3, 4], 1)).toEqual({ a: 4, b: 1 });
  expect(choosePair([3, 4], 4)).toEqual({ a: 3, b: undefined });
  expect(choosePair([3], 1)).toEqual({ a: 3, b: 1 });
});
