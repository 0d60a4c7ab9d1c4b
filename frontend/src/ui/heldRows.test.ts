import { expect, test } from "vitest";
import { holdRows } from "./heldRows";

const idOf = (id: string) => id;

test("rows above the one that was at the top are held back", () => {
  expect(holdRows(["d", "c", "b", "a"], { top: "b", shown: ["b", "a"] }, idOf)).toEqual({
    shown: ["b", "a"],
    held: 2,
    isMore: false,
  });
});

test("a page of new rows does not push the old ones away", () => {
  expect(holdRows(["z", "y"], { top: "b", shown: ["b", "a"] }, idOf)).toEqual({
    shown: ["b", "a"],
    held: 2,
    isMore: true,
  });
});

test("a row at the top that was deleted goes", () => {
  expect(holdRows(["d", "b", "a"], { top: "c", shown: ["c", "b", "a"] }, idOf)).toEqual({
    shown: ["b", "a"],
    held: 1,
    isMore: false,
  });
});

test("a list that was or has become empty holds nothing back", () => {
  expect(holdRows(["a"], { top: undefined, shown: [] }, idOf).held).toBe(0);
  expect(holdRows([], { top: "b", shown: ["b"] }, idOf)).toEqual({ shown: [], held: 0, isMore: false });
});
