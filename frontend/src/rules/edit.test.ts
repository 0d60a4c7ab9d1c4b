import { describe, expect, it } from "vitest";
import {
  addClause,
  canUnwrap,
  duplicateClause,
  insertClause,
  moveClause,
  movedPointer,
  NEW_CONDITION,
  newGroup,
  removeClause,
  replaceAt,
  setOperator,
  setPath,
  unwrapClause,
  withoutClauses,
  wrapClause,
} from "./edit";
import { editRows } from "./editRows";
import { valueAt } from "./pointer";

const source = { "==": [{ var: "lead.source" }, "LinkedIn"] };
const score = { ">": [{ var: ["lead.score", 0] }, 75] };
const odd = { is_vip: [{ var: "lead.id" }, { deep: 1, other: 2 }] };
const rule = { and: [source, { or: [score, odd] }] };

describe("an edit", () => {
  it("changes a value, a path or an operator, and shares all else", () => {
    const changed = replaceAt(rule, "/and/1/or/0/>/1", 80) as typeof rule;

    expect(valueAt(changed, "/and/1/or/0")).toEqual({ ">": [{ var: ["lead.score", 0] }, 80] });
    expect(changed.and[0]).toBe(source);
    expect(valueAt(changed, "/and/1/or/1")).toBe(odd);
    expect(replaceAt(rule, "/and/0/==/1", "LinkedIn")).toBe(rule);
    expect(setPath(rule, "/and/1/or/0/>/0", "n")).toEqual({
      and: [source, { or: [{ ">": [{ var: ["n", 0] }, 75] }, odd] }],
    });
    expect(setOperator(rule, "/and/1/or/0", ">=")).toEqual({
      and: [source, { or: [{ ">=": [{ var: ["lead.score", 0] }, 75] }, odd] }],
    });
    expect(setOperator({ "!": { var: "a" } }, "", "!!")).toEqual({ "!!": { var: "a" } });
  });

  it("keeps a list one argument where an argument stands alone", () => {
    expect(replaceAt({ "!": 1 }, "/!", [1, 2])).toEqual({ "!": [[1, 2]] });
    expect(wrapClause(["a"], "", "!")).toEqual({ "!": [["a"]] });
    expect(unwrapClause({ "!": [["a"]] }, "")).toEqual(["a"]);
  });

  it("adds a clause to a list, else beside what is there", () => {
    expect(addClause(rule, "/and/1", source)).toEqual({
      rule: { and: [source, { or: [score, odd, source] }] },
      pointer: "/and/1/or/2",
    });
    expect(addClause(source, "", score)).toEqual({ rule: { and: [source, score] }, pointer: "/and/1" });
    expect(addClause(null, "", score)).toEqual({ rule: { and: [score] }, pointer: "/and/0" });
    expect(addClause({ "!": source }, "/!", score)).toEqual({
      rule: { "!": { and: [source, score] } },
      pointer: "/!/and/1",
    });
    expect(newGroup("and")).toEqual({ or: [NEW_CONDITION] });
  });

  it("removes a clause, and the not around its only one", () => {
    expect(removeClause(rule, "/and/1/or/0")).toEqual({ and: [source, { or: [odd] }] });
    expect(removeClause({ and: [{ "!": [source] }, score] }, "/and/0/!/0")).toEqual({ and: [score] });
    expect(removeClause(rule, "")).toBeNull();
    expect(removeClause(score, "/>/1")).toBe(score);
  });

  it("moves a clause within its list", () => {
    expect(moveClause(rule, "/and/0", 1)).toEqual({ and: [{ or: [score, odd] }, source] });
    expect(movedPointer(rule, "/and/0", 1)).toBe("/and/1");
    expect(movedPointer(rule, "/and/0", -1)).toBeNull();
    expect(moveClause(rule, "/and/1", 1)).toBe(rule);
  });

  it("turns clauses off by the constant that decides nothing", () => {
    expect(withoutClauses(rule, ["/and/0", "/and/1/or/1"])).toEqual({ and: [true, { or: [score, false] }] });
    expect(withoutClauses(rule, ["/and/1", "/and/1/or/1", ""])).toEqual({ and: [source, true] });
  });
});

describe("an edit and its inverse", () => {
  it("give the same value at every row", () => {
    for (const each of [rule, { if: [source, 1, { "!": [rule] }] }, { some: [{ var: "a" }, rule] }]) {
      for (const { key, op } of editRows(each)) {
        for (const wrapping of ["!", "and", "or"] as const) {
          const wrapped = wrapClause(each, key, wrapping);
          expect(canUnwrap(wrapped, key)).toBe(true);
          expect(unwrapClause(wrapped, key)).toEqual(each);
        }
        expect(replaceAt(replaceAt(each, key, 1), key, valueAt(each, key))).toEqual(each);
        expect(setOperator(setOperator(each, key, "cat"), key, op)).toEqual(each);
        const target = movedPointer(each, key, 1);
        if (target) expect(moveClause(moveClause(each, key, 1), target, -1)).toEqual(each);
        const step = Number(key.split("/").at(-1));
        const around = key.replace(/\/[^/]*\/\d+$/, "");
        if (target || movedPointer(each, key, -1)) {
          expect(removeClause(duplicateClause(each, key), key)).toEqual(each);
          expect(insertClause(removeClause(each, key), around, valueAt(each, key), step)).toEqual(each);
          const added = addClause(each, around, NEW_CONDITION);
          expect(removeClause(added.rule, added.pointer)).toEqual(each);
        }
      }
    }
  });
});
