/** Every rule is shown whole, and opening it changes nothing. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { jsonText } from "../ui/jsonText";
import { canUnwrap, replaceAt, unwrapClause, withoutClauses, wrapClause } from "./edit";
import { editRows } from "./editRows";
import { valueAt } from "./pointer";
import { rowWords, ruleWords } from "./words";

/** The public test suites of JSONLogic, where a machine has them beside the repository. */
const SUITES = `${process.env.PUBLIC_DATA ?? fileURLToPath(new URL("../../../../shared/data", import.meta.url))}/jsonlogic`;

const OWN: unknown[] = [
  null,
  true,
  false,
  "text",
  ["a", { var: "b" }],
  {},
  { a: 1, b: { var: "c" } },
  { ">": [{ var: "lead.score" }, 75] },
  { "<=": [1, { var: "x" }, 10] },
  { "!": { in: [{ var: "country" }, ["DE", "FR"]] } },
  { "!!": { var: "lead.email" } },
  { "!!": [{ var: ["lead.email", "none"] }] },
  { missing: ["a", "b"] },
  { missing_some: [1, ["a", "b"]] },
  { if: [{ var: "a" }, { "==": [1, 1] }, { ">": [{ "+": [{ var: "b" }, 1] }, 2] }, false] },
  { and: [{ or: [] }, { or: [{ and: { "!": { var: "a" } } }] }] },
  { some: [{ var: "items" }, { ">": [{ var: "price" }, 1.5] }] },
  { "==": [{ reduce: [{ var: "n" }, { "+": [{ var: "current" }, { var: "accumulator" }] }, 0] }, 6] },
  { is_vip: [{ var: "lead.id" }, { and: [1, 2] }] },
  { and: [{ "a/b~c": [1] }, { "": 1 }, JSON.parse('{"__proto__": [1]}')] },
  { var: "" },
  { var: [] },
  { var: { cat: ["a", "b"] } },
  { "==": [] },
  { in: ["Spring", { var: "text" }] },
];

/** All rules in the files of a folder: lists of rules with their data, and lists of tests. */
function readRules(folder: string): unknown[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return readRules(path);
    if (!entry.name.endsWith(".json")) return [];
    return (JSON.parse(readFileSync(path, "utf8")) as unknown[]).flatMap(ruleOf);
  });
}

function ruleOf(test: unknown): unknown[] {
  if (Array.isArray(test)) return [test[0]];
  return test && typeof test === "object" && "rule" in test ? [test.rule] : [];
}

/** Open a rule, show all its rows, and close it: nothing is left out, and nothing changes. */
function expectKept(rule: unknown): void {
  const before = JSON.stringify(rule);
  const rows = editRows(rule);
  expect(rows.length).toBeGreaterThan(0);
  expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  for (const { key, value } of rows) {
    expect(valueAt(rule, key)).toBe(value);
    expect(rowWords(value).trim(), before).not.toBe("");
    expect(ruleWords(value).trim(), before).not.toBe("");
    expect(replaceAt(rule, key, value)).toBe(rule);
    for (const op of ["!", "and", "or"] as const) {
      const wrapped = wrapClause(rule, key, op);
      expect(canUnwrap(wrapped, key)).toBe(true);
      expect(JSON.stringify(unwrapClause(wrapped, key))).toBe(before);
    }
  }
  expect(withoutClauses(rule, [])).toBe(rule);
  expect(JSON.stringify(rule)).toBe(before);
  expect(JSON.stringify(JSON.parse(jsonText(rule)))).toBe(before);
}

describe("rules of every shape", () => {
  it("are shown and kept", () => {
    for (const rule of OWN) expectKept(rule);
  });

  it.skipIf(!existsSync(SUITES))(
    "of the public suites are shown and kept",
    () => {
      const rules = readRules(SUITES);
      expect(rules.length).toBeGreaterThan(500);
      for (const rule of rules) expectKept(rule);
    },
    120_000,
  );
});

describe("editRows", () => {
  const rule = {
    and: [
      { "==": [{ var: "a" }, 1] },
      { some: [{ var: "lines" }, { all: [{ var: "parts" }, { ">": [{ var: "weight" }, 3] }] }] },
      { odd: [{ and: [] }] },
    ],
  };

  it("has a row for each condition, and none inside what is not known", () => {
    expect(editRows(rule).map((row) => `${"  ".repeat(row.depth)}${row.kind} ${row.op}`)).toEqual([
      "group and",
      "  leaf ==",
      "  group some",
      "    leaf var",
      "    group all",
      "      leaf var",
      "      leaf >",
      "  unknown odd",
    ]);
    expect(editRows(rule, new Set(["/and/1"]))).toHaveLength(4);
  });

  it("knows which list the paths of a loop are about", () => {
    const scopes = Object.fromEntries(editRows(rule).map((row) => [row.key, row.scope]));

    expect(scopes["/and/0"]).toBe("");
    expect(scopes["/and/1/some/1"]).toBe("lines[]");
    expect(scopes["/and/1/some/1/all/1"]).toBe("lines[].parts[]");
  });

  it("says what an argument of an if is for", () => {
    expect(editRows({ if: [true, 1, 2] }).map((row) => row.role)).toEqual(["", "if", "then", "else"]);
  });
});

describe("words", () => {
  it("read as a sentence", () => {
    const rules: [unknown, string][] = [
      [{ ">": [{ var: "lead.score" }, 75] }, "`lead.score` is more than 75"],
      [{ "<=": [1, { var: "x" }, 10] }, "`x` is from 1 to 10"],
      [{ in: [{ var: "c" }, ["DE", "FR"]] }, '`c` is one of "DE", "FR"'],
      [{ in: ["x", { var: "c" }] }, '`c` contains "x"'],
      [{ "!!": { var: "c" } }, "`c` is there and not empty"],
      [{ missing: ["a", "b"] }, '"a", "b" is missing'],
      [
        { and: [{ "==": [{ var: "a" }, 1] }, { or: [true, { "!": { var: "b" } }] }] },
        "`a` is 1 and (always or not (`b`))",
      ],
      [{ ">": [{ "+": [{ var: "a" }, 1] }, 2] }, "(`a` + 1) is more than 2"],
      [{ odd: 1 }, '`{"odd":1}`'],
    ];
    for (const [rule, words] of rules) expect(ruleWords(rule)).toBe(words);
    expect(rowWords({ or: [1] })).toBe("any of these must hold");
    expect(rowWords({ some: [{ var: "items" }, true] })).toBe("some item of `items`");
  });
});
