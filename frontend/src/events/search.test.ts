import { expect, it } from "vitest";
import { eventQueryOf } from "../api/events";
import { conditionText, parseCondition, readEventsSearch } from "./search";

it("reads a path and a value", () => {
  expect(parseCondition("lead.source = LinkedIn")).toEqual({ path: "lead.source", value: "LinkedIn" });
  expect(parseCondition('lead.source == "a = b"')).toEqual({ path: "lead.source", value: "a = b" });
  expect(parseCondition("lead")).toEqual({ path: "lead", value: undefined });
  expect(parseCondition("= 3")).toEqual({ path: undefined, value: undefined });
  expect(parseCondition(undefined)).toEqual({ path: undefined, value: undefined });
});

it("writes them back", () => {
  expect(conditionText({ path: "a", value: "1" })).toBe("a = 1");
  expect(conditionText({ path: "a" })).toBe("a");
  expect(conditionText({})).toBe("");
});

it("reads older addresses", () => {
  expect(readEventsSearch({ set: "near" }).started).toBe("near");
});

it("asks the server only for what fits together", () => {
  expect(eventQueryOf({ started: "near", q: "x", range: "hour" })).toEqual({ near: true });
  expect(eventQueryOf({ value: "1", started: "none" })).toMatchObject({ matched: "none", value: undefined });
});
