import { expect, it } from "vitest";
import { findFault } from "./jsonFault";

it("finds no fault in JSON", () => {
  for (const text of [
    '{"a": [], "b": {}, "c": [1, -2.5e+3, "x\\u00e9\\n\\"", true, false, null]}',
    "[[[1]], {}]",
    " 7 ",
    '""',
    '"\u007f ✓ 😀"',
  ]) {
    JSON.parse(text);
    expect(findFault(text)).toBeNull();
  }
});

it("finds the place of every fault that the reader of the browser refuses", () => {
  for (const [text, place] of [
    ['{"ms": ,}', 7],
    ['{"a": 1,}', 8],
    ["[1 2]", 3],
    ['{"a" 1}', 5],
    ["{a: 1}", 1],
    ['{"a": 01}', 7],
    ['["x\ny"]', 1],
    ['"\\x"', 0],
    ["[1]]", 3],
    ["[1}", 2],
    ["", 0],
    ["[1,", 3],
    ['{"a": tru}', 6],
    ["{'a': 1}", 1],
    ["[,]", 1],
  ] as const) {
    expect(() => JSON.parse(text), text).toThrow();
    expect(findFault(text)?.place, text).toBe(place);
  }
});

it("says what was needed", () => {
  expect(findFault('{"ms": ,}')?.message).toBe("Needed here: a value; found: ,.");
  expect(findFault('{"a": 1 "b"}')?.message).toBe('Needed here: a comma or }; found: "b".');
  expect(findFault("[1")?.message).toBe("Needed here: a comma or ]; found: the end of the text.");
});

it("does not run out of stack", () => {
  expect(findFault("[".repeat(100_000))?.message).toContain("nested deeper");
});
