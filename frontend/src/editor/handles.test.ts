import { expect, it } from "vitest";
import { exitsOf } from "./handles";

const node = (handles: string[]) => ({ handles }) as never;

it("offers the plain exit, and the one of errors", () => {
  expect(exitsOf(node(["error"]), false, [""])).toEqual(["", "error"]);
});

it("offers the cases of a branch, and no plain exit", () => {
  expect(exitsOf(node(["hot", "cold", "error"]), true, [])).toEqual(["hot", "cold", "error"]);
  expect(exitsOf(node(["error"]), true, [])).toEqual(["", "error"]);
});

it("keeps an exit that an edge uses although the type does not have it", () => {
  expect(exitsOf(node(["error"]), false, ["", "odd"])).toEqual(["", "odd", "error"]);
});
