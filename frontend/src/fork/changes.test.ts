import { expect, test } from "vitest";
import { requestOf } from "./changes";

const UNTOUCHED = { text: undefined, original: { amount: 70 } };

test("a fork without edits names the step only", () => {
  expect(requestOf("s1", UNTOUCHED, UNTOUCHED)).toEqual({ request: { from: "s1" }, errors: {} });
});

test("a text that says the same is no change", () => {
  const retyped = { text: '{ "amount": 70 }', original: { amount: 70 } };
  expect(requestOf("s1", retyped, UNTOUCHED).request).toEqual({ from: "s1" });
});

test("an edited input and payload are sent, null too", () => {
  const input = { text: "null", original: 1 };
  const payload = { text: '{"amount": 170}', original: { amount: 70 } };
  expect(requestOf("s1", input, payload).request).toEqual({ from: "s1", input: null, payload: { amount: 170 } });
});

test("a text that is no object is no payload", () => {
  const { errors } = requestOf("s1", { text: "{", original: 1 }, { text: "[1]", original: {} });
  expect(errors.input).toMatch(/^This is not JSON/);
  expect(errors.payload).toBe("A payload is a JSON object, for example {}.");
});
