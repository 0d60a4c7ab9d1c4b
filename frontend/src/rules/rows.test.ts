import { describe, expect, it } from "vitest";
import type { Clause } from "./clauses";
import { closedAtFirst, rowsOf } from "./rows";

function clause(pointer: string, op: string, more: Partial<Clause> = {}): Clause {
  return { pointer, op, words: op, value: true, truthy: true, evaluated: true, args: [], ...more };
}

const rule = clause("", "and", {
  args: [clause("/and/0", "=="), clause("/and/1", "or", { args: [clause("/and/1/or/0", ">")] })],
});

describe("rowsOf", () => {
  it("lists clauses in the order of the rule, each under its group", () => {
    expect(rowsOf(rule, new Set()).map((row) => [row.key, row.parent, row.depth])).toEqual([
      ["", null, 0],
      ["/and/0", "", 1],
      ["/and/1", "", 1],
      ["/and/1/or/0", "/and/1", 2],
    ]);
  });

  it("leaves out what is inside a closed group", () => {
    expect(rowsOf(rule, new Set(["/and/1"])).map((row) => row.key)).toEqual(["", "/and/0", "/and/1"]);
  });

  it("shows the items of a loop, and how many are not shown", () => {
    const body = clause("/some/1", ">");
    const items = [0, 7].map((index) => ({ index, value: index, clause: body }));
    const loop = clause("", "some", { args: [clause("/some/0", "var")], items, more: { items: 480, true: 3 } });

    expect(rowsOf(loop, closedAtFirst(loop)).map((row) => row.note ?? row.key)).toEqual([
      "",
      "/some/0",
      "[0]",
      "[7]",
      "and 480 more, 3 of them true",
    ]);
    expect(new Set(rowsOf(loop, new Set()).map((row) => row.key)).size).toBe(7);
  });
});
