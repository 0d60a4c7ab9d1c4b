import { describe, expect, it } from "vitest";
import { applyAction, applyAdd, cancelEdit } from "./actions";
import { NEW_CONDITION } from "./edit";
import { editRows } from "./editRows";
import { messagesOf } from "./marks";
import { itemsOf } from "./RowMenu";

const [a, b, c] = [1, 2, 3].map((n) => ({ "==": [{ var: "n" }, n] }));
const rule = { and: [a, { or: [b, c] }] };

describe("an action", () => {
  it("leaves the focus on the clause, or on what takes its place", () => {
    expect(applyAction(rule, "/and/0", "down")).toEqual({ rule: { and: [{ or: [b, c] }, a] }, focus: "/and/1" });
    expect(applyAction(rule, "/and/0", "up")).toBeNull();
    expect(applyAction(rule, "/and/0", "duplicate")?.focus).toBe("/and/1");
    expect(applyAction(rule, "/and/1/or/0", "delete")).toEqual({
      rule: { and: [a, { or: [c] }] },
      focus: "/and/1/or/0",
    });
    expect(applyAction(rule, "/and/1", "delete")).toEqual({ rule: { and: [a] }, focus: "/and/0" });
    expect(applyAction({ and: [a] }, "/and/0", "delete")).toEqual({ rule: { and: [] }, focus: "" });
    expect(applyAction({ and: [{ "!": a }] }, "/and/0/!", "delete")).toEqual({ rule: { and: [] }, focus: "" });
    expect(applyAction(a, "", "delete")).toEqual({ rule: null, focus: "" });
  });
});

describe("what is added", () => {
  it("is opened, and goes again when it is cancelled", () => {
    for (const [key, thing] of [
      ["", "condition"],
      ["/and/1", "condition"],
      ["", "group"],
      ["/and/1", "group"],
    ] as const) {
      const added = applyAdd(rule, key, thing);
      expect(added.open).toBe(added.focus);
      expect(cancelEdit(added.rule, added.focus, NEW_CONDITION).rule).toEqual(rule);
    }
    expect(applyAdd(null, "", "condition")).toMatchObject({ rule: { and: [NEW_CONDITION] }, open: "/and/0" });
  });
});

it("offers what a row allows", () => {
  const offered = (key: string, value: unknown = rule) => {
    const row = editRows(value).find((each) => each.key === key);
    return row ? itemsOf({ rule: value, row, isOff: false, canTurnOff: true }).map(([action]) => action) : [];
  };

  expect(offered("")).not.toContain("duplicate");
  expect(offered("/and/0")).toEqual(
    expect.arrayContaining(["edit", "text", "not", "off", "down", "duplicate", "delete"]),
  );
  expect(offered("/and/0")).not.toContain("up");
  const odd = { and: [{ odd: [1] }] };
  expect(offered("/and/0", odd)).not.toContain("edit");
  expect(offered("/and/0", odd)).toContain("delete");
  expect(offered("/if/0", { if: [a, 1, 2] })).not.toContain("delete");
});

it("puts a message at the row of its part", () => {
  const messages = messagesOf(editRows(rule), [
    { pointer: "/and/1/or/0/==/0", message: "First." },
    { pointer: "/and/1/or/0", message: "Second." },
    { pointer: "", message: "Whole." },
  ]);

  expect([...messages]).toEqual([
    ["/and/1/or/0", "First. Second."],
    ["", "Whole."],
  ]);
});
