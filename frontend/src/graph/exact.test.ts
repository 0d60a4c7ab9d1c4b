import { expect, it } from "vitest";
import { exactText, findInexact, readJson, readNumber, writeJson } from "./exact";

it("finds numbers that would come back as others", () => {
  expect(findInexact('{"a": [1, 12345678901234567890]}')).toBe("12345678901234567890");
  expect(findInexact('{"a": 0.1000000000000000055}')).toBe("0.1000000000000000055");
  expect(findInexact('{"a": -9007199254740993}')).toBe("-9007199254740993");
  expect(findInexact('{"a": 1e400}')).toBe("1e400");
  expect(findInexact('{"a": 1e-400}')).toBe("1e-400");
});

it("is content with all others, and with digits in texts", () => {
  expect(
    findInexact(
      '{"12345678901234567890": "say \\"12345678901234567890\\"", "b": [0.1, 1.10, -2e10, 9007199254740991]}',
    ),
  ).toBeNull();
  expect(findInexact("true")).toBeNull();
  expect(findInexact('{"x": 0.30000000000000004, "y": -1234.5678901234567, "z": 100000000000000000000}')).toBeNull();
});

it("writes back every number as it was", () => {
  const text =
    '{"a":[12345678901234567890,{"b":-0.1000000000000000055}],"text":"{\\"\\\\u0000number\\":\\"1\\"}","c":1e400,"d":1.5}';

  const value = readJson(text) as { a: unknown[]; d: number };

  expect(writeJson(value)).toBe(text);
  expect(writeJson(readJson(writeJson(value, 2)))).toBe(text);
  expect(exactText(value.a[0])).toBe("12345678901234567890");
  expect(exactText(value.d)).toBeNull();
  expect(readNumber("12345678901234567890")).toEqual(value.a[0]);
});

it("refuses what is not JSON", () => {
  expect(() => readJson('{"a": 12345678901234567890')).toThrow(SyntaxError);
});
