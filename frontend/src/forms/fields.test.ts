import { describe, expect, it } from "vitest";
import { readNumber } from "../graph/exact";
import { fieldsOf, readText, textOf } from "./fields";

const schema = {
  required: ["url"],
  $defs: { Method: { enum: ["GET", "POST"] } },
  properties: {
    url: { type: "string", description: "Where to." },
    method: { $ref: "#/$defs/Method", default: "GET" },
    timeout: { anyOf: [{ type: "number" }, { type: "string" }, { type: "null" }] },
    follow: { anyOf: [{ type: "boolean" }, { type: "null" }] },
    headers: { type: "object" },
    message: { type: "string" },
    body: { default: null },
  },
};

const kinds = (data: Record<string, unknown>) =>
  Object.fromEntries(fieldsOf(schema, data).map((field) => [field.key, field.kind]));

describe("fieldsOf", () => {
  it("has a field for each property", () => {
    expect(kinds({})).toEqual({
      url: "text",
      method: "choice",
      timeout: "number",
      follow: "boolean",
      headers: "json",
      message: "long",
      body: "any",
    });
    expect(fieldsOf(schema, {})[0]).toMatchObject({ isRequired: true, description: "Where to." });
    expect(fieldsOf(schema, {})[1]).toMatchObject({ choices: ["GET", "POST"], fallback: "GET" });
  });

  it("has editors for rules and for cases", () => {
    const condition = { format: "jsonlogic" };
    const item = { properties: { label: {}, condition, next: {} } };
    const rules = { properties: { condition, cases: { type: "array", items: item } } };
    const kindsOf = (data: Record<string, unknown>) => fieldsOf(rules, data).map((field) => field.kind);

    expect(kindsOf({ condition: { ">": [1, 2] }, cases: [{ label: "a" }] })).toEqual(["rule", "cases"]);
    expect(kindsOf({ cases: "{{ odd }}" })).toEqual(["rule", "json"]);
  });

  it("keeps keys and values that the schema does not have", () => {
    expect(kinds({ retry: { max_attempts: 3 }, url: ["odd"] })).toMatchObject({ retry: "any", url: "json" });
  });
});

describe("readText", () => {
  it("gives back what was shown", () => {
    for (const [value, kind] of [
      ["5s", "any"],
      ["5", "any"],
      [5, "any"],
      ["{", "any"],
      ["text", "json"],
      [5, "number"],
      [-1.5, "number"],
      [readNumber("12345678901234567890"), "number"],
      [{ a: readNumber("12345678901234567890") }, "json"],
      ["{{ payload.n }}", "number"],
      ["5", "text"],
      [{ a: [1] }, "json"],
      [{ a: [1] }, "any"],
      [true, "boolean"],
    ] as const) {
      expect(readText(textOf(value, kind), kind)).toEqual(value);
    }
  });

  it("is undefined for an empty field", () => {
    expect(readText("", "json")).toBeUndefined();
    expect(() => readText("{", "json")).toThrow(SyntaxError);
  });
});
