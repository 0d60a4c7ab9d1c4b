import { describe, expect, it } from "vitest";
import { writeJson } from "../graph/exact";
import { ask, fitCondition, operandsOf, questionOf, subjectPath } from "./leaf";
import { kindOfValue, listOf, readNumber, toKind } from "./values";
import { ruleWords } from "./words";

const score = { var: "lead.score" };

describe("operandsOf", () => {
  it("lists the arguments as they are read", () => {
    const read = (rule: unknown) => operandsOf(rule)?.map(({ pointer, kind }) => `${pointer} ${kind}`);

    expect(read({ ">": [score, 75] })).toEqual(["/>/0 path", "/>/1 value"]);
    expect(read({ "<": [75, score] })).toEqual(["/</0 value", "/</1 path"]);
    expect(read({ "<=": [1, score, 9] })).toEqual(["/<=/1 path", "/<=/0 value", "/<=/2 value"]);
    expect(read({ in: ["x", score] })).toEqual(["/in/1 path", "/in/0 value"]);
    expect(read({ "!!": score })).toEqual(["/!! path"]);
    expect(read({ missing: ["a"] })).toEqual(["/missing/0 name"]);
    expect(read({ ">": [{ "+": [1, score] }, 75] })).toEqual(["/>/0 rule", "/>/1 value"]);
    expect(read(score)).toEqual([" path"]);
    expect(read(true)).toEqual([" value"]);
  });

  it("is null for a clause that has no fields, so that it is edited as JSON", () => {
    for (const rule of [
      { "==": [1] },
      { "==": [1, 2, 3] },
      { missing: ["a", "b"] },
      { cat: [1, 2] },
      { var: [score] },
    ]) {
      expect(operandsOf(rule)).toBeNull();
    }
  });
});

describe("ask", () => {
  it("keeps the arguments, or the subject and the value", () => {
    const clause = { ">": [score, 75] };
    const asked = ask(clause, ">=") as { ">=": unknown[] };

    expect(asked[">="][0]).toBe(score);
    expect(ask({ "<": [75, score] }, "<=")).toEqual({ "<=": [75, score] });
    expect(ask(clause, "one-of")).toEqual({ in: [score, [75]] });
    expect(ask({ in: [score, [75, 80]] }, "==")).toEqual({ "==": [score, 75] });
    expect(ask(clause, "from-to")).toEqual({ "<=": [75, score, 75] });
    expect(ask({ "<=": [1, score, 9] }, ">")).toEqual({ ">": [score, 1] });
    expect(ask(clause, "missing")).toEqual({ missing: ["lead.score"] });
    expect(ask({ missing: ["lead.score"] }, "==")).toEqual({ "==": [score, ""] });
    expect(ask(clause, "some")).toEqual({ some: [score, { "==": [{ var: "" }, 75] }] });
    expect(ask(clause, "var")).toBe(score);
  });

  it("is the question that the clause has then", () => {
    for (const question of ["==", "from-to", "between", "one-of", "contains", "!!", "missing", "var", "some"]) {
      expect(questionOf(ask({ "==": [score, 1] }, question))).toBe(question);
    }
    expect(subjectPath({ in: ["x", score] })).toBe("lead.score");
  });
});

it("fits a new condition to what was seen", () => {
  const clause = { "==": [score, ""] };

  expect(fitCondition(clause, "number", 90)).toEqual({ "==": [score, 90] });
  expect(fitCondition(clause, "boolean", false)).toEqual({ "==": [score, true] });
  expect(fitCondition(clause, "array", undefined)).toEqual({ in: ["", score] });
  expect(fitCondition(clause, "string", "x")).toBe(clause);
  expect(fitCondition({ "==": [score, 5] }, "number", 90)).toEqual({ "==": [score, 5] });
});

describe("values", () => {
  it("have a kind, and become another one", () => {
    expect([1, "a", true, null, [1, 2], ["a"], [1, "a"], score].map(kindOfValue)).toEqual([
      "number",
      "text",
      "boolean",
      "null",
      "list",
      "list",
      "json",
      "field",
    ]);
    expect(toKind("75", "number")).toBe(75);
    expect(toKind(75, "text")).toBe("75");
    expect(toKind(75, "list")).toEqual([75]);
    expect(toKind("a", "field")).toEqual({ var: "" });
  });

  it("keep a number that a browser would change", () => {
    expect(writeJson(readNumber("9007199254740993").value)).toBe("9007199254740993");
    expect(kindOfValue(readNumber("9007199254740993").value)).toBe("number");
    expect(ruleWords({ "==": [score, readNumber("9007199254740993").value] })).toBe("`lead.score` is 9007199254740993");
    expect(readNumber("1e3")).toEqual({ value: 1000 });
    expect(readNumber("0x10").error).toBe("This is not a number.");
    expect(readNumber("many").error).toBe("This is not a number.");
  });

  it("keep the items of a list as they are", () => {
    expect(listOf(["1", "2"], [1], "string")).toEqual([1, 2]);
    expect(listOf(["1", "2"], ["1"], "number")).toEqual(["1", "2"]);
    expect(listOf(["1"], [], "number")).toEqual([1]);
  });
});
