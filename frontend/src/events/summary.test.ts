import { describe, expect, it } from "vitest";
import { lineOf, nameOf, outcomeOf, timeOfId } from "./summary";

describe("lineOf", () => {
  it("lists the values with their paths", () => {
    expect(lineOf({ lead: { source: "LinkedIn", score: 70, tags: ["a"] } })).toBe(
      "lead.source LinkedIn · lead.score 70 · lead.tags 1 item",
    );
  });

  it("is cut", () => {
    expect(lineOf(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`k${n}`, n])))).toMatch(/ · k5 5 · …$/);
    expect(lineOf({ a: "x".repeat(99) })).toBe(`a ${"x".repeat(40)}…`);
    expect(lineOf({})).toBe("");
  });
});

it("names an event by its type", () => {
  expect(nameOf({ type: "order.paid" })).toBe("order.paid");
  expect(nameOf({ type: null })).toBe("Event");
});

it("says what came of an event", () => {
  expect(outcomeOf({ executions: [{ id: "1", workflow_id: "w", workflow_name: "W" }] })).toBe("started 1");
  expect(outcomeOf({ executions: [], held: null })).toBe("none");
});

it("reads the time of an id", () => {
  expect(timeOfId("0199c1f2-51c6-7e1f-9a27-d5c3b2a19f08")).toBe("2025-10-08T03:51:47.398Z");
  expect(timeOfId("x")).toBeNull();
});
