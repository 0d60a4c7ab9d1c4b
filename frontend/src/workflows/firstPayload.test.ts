import { expect, it } from "vitest";
import { firstPayload } from "./firstPayload";

it("has the parameters with their defaults", () => {
  const parameters = [{ name: "who", type: "string", default: "world" }, { name: "count" }, { type: "string" }];

  expect(JSON.parse(firstPayload(parameters))).toEqual({ who: "world", count: null });
  expect(firstPayload(null)).toBe("{}");
});
