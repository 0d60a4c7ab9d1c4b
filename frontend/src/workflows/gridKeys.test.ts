import { expect, it } from "vitest";
import { movedTo } from "./gridKeys";

const SIZE = { rows: 3, columns: 4 };

it("moves by arrows, and stays inside", () => {
  expect(movedTo({ row: 1, column: 1 }, "ArrowDown", SIZE)).toEqual({ row: 2, column: 1 });
  expect(movedTo({ row: 2, column: 3 }, "ArrowRight", SIZE)).toEqual({ row: 2, column: 3 });
  expect(movedTo({ row: 0, column: 2 }, "ArrowUp", SIZE)).toEqual({ row: 0, column: 2 });
});

it("moves to the ends of a row", () => {
  expect(movedTo({ row: 1, column: 2 }, "Home", SIZE)).toEqual({ row: 1, column: 0 });
  expect(movedTo({ row: 1, column: 2 }, "End", SIZE)).toEqual({ row: 1, column: 3 });
  expect(movedTo({ row: 1, column: 2 }, "PageDown", SIZE)).toEqual({ row: 2, column: 2 });
});

it("moves to the first and the last cell", () => {
  expect(movedTo({ row: 1, column: 2 }, "Ctrl+Home", SIZE)).toEqual({ row: 0, column: 0 });
  expect(movedTo({ row: 1, column: 2 }, "Ctrl+End", SIZE)).toEqual({ row: 2, column: 3 });
});

it("leaves other keys alone", () => {
  expect(movedTo({ row: 0, column: 0 }, "Enter", SIZE)).toBeNull();
});
