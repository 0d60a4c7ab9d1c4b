import { expect, it } from "vitest";
import { findInexact } from "./exact";

it("finds numbers that would come back as others", () => {
  expect(findInexact('{"a": [1, 12345678901234567890]}')).toBe("12345678901234567890");
  expect(findInexact('{"a": 0.1000000000000000055}')).toBe("0.1000000000000000055");
  expect(findInexact('{"a": -9007199254740993}')).toBe("-9007199254740993");
});

it("is content with all others, and with digits in texts", () => {
  expect(
    findInexact(
      '{"12345678901234567890": "say \\"12345678901234567890\\"", "b": [0.1, 1.10, -2e10, 9007199254740991]}',
    ),
  ).toBeNull();
  expect(findInexact("true")).toBeNull();
});
