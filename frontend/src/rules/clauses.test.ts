import { describe, expect, it } from "vitest";
import { type Clause, isGroup, markOf, pathsOf, pointersTo } from "./clauses";

function clause(op: string, more: Partial<Clause> = {}): Clause {
  return { pointer: "", op, words: op, value: true, truthy: true, evaluated: true, args: [], ...more };
}

const score = clause("var", { path: "lead.score", value: 70, found: true });
const above = clause(">", { truthy: false, value: false, args: [score, { literal: 75 }] });

describe("markOf", () => {
  it("tells what the evaluation did", () => {
    expect(markOf(clause("and"))).toBe("true");
    expect(markOf(above)).toBe("false");
    expect(markOf({ ...above, evaluated: false })).toBe("skipped");
    expect(markOf({ ...above, error: "no number" })).toBe("odd");
  });

  it("marks a clause that reads a missing path", () => {
    expect(markOf({ ...above, args: [{ ...score, found: false }] })).toBe("odd");
  });
});

describe("isGroup", () => {
  it("is true of conditions and of loops, not of a comparison", () => {
    expect(isGroup(clause("or", { args: [above] }))).toBe(true);
    expect(isGroup(clause("some", { items: [] }))).toBe(true);
    expect(isGroup(above)).toBe(false);
    expect(isGroup(clause("==", { args: [clause("if"), { literal: 1 }] }))).toBe(true);
  });
});

it("lists each path once", () => {
  expect(pathsOf(clause("and", { args: [above, above, { literal: "lead.x" }] }))).toEqual(["lead.score"]);
});

it("names all clauses around one", () => {
  expect(pointersTo("/and/1")).toEqual(["", "/and", "/and/1"]);
});
