import { expect, test } from "vitest";
import { isSameJson, jsonText, parseJson } from "./jsonText";

test("a text without JSON says why", () => {
  expect(parseJson('{"a": ').error).toMatch(/^This is not JSON: /);
});

test("null is a value, and not an error", () => {
  expect(parseJson("null")).toEqual({ value: null });
});

test("a value comes back from its text", () => {
  const rule = { ">": [{ var: "lead.score" }, 75] };
  expect(parseJson(jsonText(rule)).value).toEqual(rule);
});

test("short parts stand on one line, and the text has the same value", () => {
  const text = { and: [{ "==": [{ var: "lead.source" }, "LinkedIn"] }, { ">": [{ var: "lead.score" }, 75] }, {}, []] };
  expect(jsonText(text)).toBe(`{
  "and": [
    {"==": [{"var": "lead.source"}, "LinkedIn"]},
    {">": [{"var": "lead.score"}, 75]},
    {},
    []
  ]
}`);
  expect(JSON.parse(jsonText(text))).toEqual(text);
  expect(jsonText(undefined)).toBe("null");
});

test("values are compared whole", () => {
  expect(isSameJson({ a: [1, 2] }, { a: [1, 2] })).toBe(true);
  expect(isSameJson({ a: [1, 2] }, { a: [2, 1] })).toBe(false);
});
