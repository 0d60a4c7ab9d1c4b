import { describe, expect, it } from "vitest";
import { addCase, canMove, isCases, isCasesSchema, moveCase, removeCase, renamedLabels, setMember } from "./cases";

const hot = { label: "hot", condition: { ">": [{ var: "n" }, 1] }, note: "kept" };
const cold = { label: "cold", condition: true, next: "b" };
const otherwise = { label: "else", else: true };
const cases = [hot, cold, otherwise];

const schema = (format: string | undefined) => ({
  $defs: { Case: { properties: { label: {}, condition: { format }, next: {} } } },
  properties: { cases: { type: "array", items: { $ref: "#/$defs/Case" } } },
});

it("knows the cases of a branch by their schema", () => {
  const of = (format?: string) => isCasesSchema(schema(format).properties.cases, schema(format));

  expect(of("jsonlogic")).toBe(true);
  expect(of()).toBe(false);
  expect(isCasesSchema({ type: "array" }, {})).toBe(false);
  expect(isCases(cases)).toBe(true);
  expect(isCases([1])).toBe(false);
});

describe("an edit of cases", () => {
  it("changes one member and keeps all else", () => {
    const changed = setMember(cases, 0, "label", "warm");

    expect(changed[0]).toEqual({ ...hot, label: "warm" });
    expect(changed[1]).toBe(cold);
    expect(setMember(cases, 1, "next", undefined)[1]).toEqual({ label: "cold", condition: true });
  });

  it("keeps an else last", () => {
    expect(addCase(cases, "case").map((each) => each.label)).toEqual(["hot", "cold", "case", "else"]);
    expect(addCase([hot], "else").map((each) => each.label)).toEqual(["hot", "else"]);
    expect(canMove(cases, 1, 1)).toBe(false);
    expect(moveCase(cases, 0, 1)).toEqual([cold, hot, otherwise]);
    expect(moveCase(cases, 2, -1)).toBe(cases);
    expect(removeCase(cases, 0)).toEqual([cold, otherwise]);
  });
});

it("tells which label was changed, and not that cases were moved", () => {
  expect(renamedLabels(cases, setMember(cases, 0, "label", "warm"))).toEqual([["hot", "warm"]]);
  expect(renamedLabels(cases, moveCase(cases, 0, 1))).toEqual([]);
  expect(renamedLabels(cases, setMember(cases, 0, "label", "cold"))).toEqual([]);
  expect(renamedLabels(cases, removeCase(cases, 0))).toEqual([]);
});
