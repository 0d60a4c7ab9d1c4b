import { expect, it } from "vitest";
import { EMPTY, newKeyOf } from "./draft";

it("sends null for what was left empty", () => {
  expect(newKeyOf({ ...EMPTY, name: " ci ", scopes: ["events:write"] })).toEqual({
    name: "ci",
    scopes: ["events:write"],
    expires_at: null,
    workflow_prefix: null,
    requests_per_second: null,
    bytes_per_minute: null,
  });
});

it("has a key expire at the end of the day", () => {
  const { expires_at } = newKeyOf({ ...EMPTY, expires: "2100-01-31" });

  expect(new Date(expires_at ?? "").toString()).toBe(new Date(2100, 0, 31, 23, 59, 59).toString());
});
