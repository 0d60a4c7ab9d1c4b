import { expect, it } from "vitest";
import { parsePayload } from "./payloadText";

it("takes an object and nothing else", () => {
  expect(parsePayload('{"a": 1}').payload).toEqual({ a: 1 });
  expect(parsePayload("[1]").error).toBe("An event is a JSON object, for example {}.");
  expect(parsePayload("null").error).toBe("An event is a JSON object, for example {}.");
  expect(parsePayload("{a}").error).toMatch(/^This is not JSON: /);
});
