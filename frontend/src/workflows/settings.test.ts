import { expect, it } from "vitest";
import { changedMembers, mergeSettings, problemsByMember, settingsOf } from "./settings";

const base = { name: "W", is_active: true, concurrency: { limit: 1 } };

it("leaves out what is no setting, or has no value", () => {
  expect(settingsOf({ ...base, id: "1", graph: {}, trigger: true, batch: null, self: undefined })).toEqual(base);
});

it("names the members that differ", () => {
  expect(changedMembers(base, { ...base, concurrency: undefined, description: "d" })).toEqual([
    "description",
    "concurrency",
  ]);
});

it("combines two saves that changed different things", () => {
  const mine = { name: "Mine", is_active: true };
  const theirs = { ...base, is_active: false };

  expect(mergeSettings(base, mine, theirs)).toEqual({
    settings: { name: "Mine", is_active: false },
    theirs: ["is_active"],
    clashes: [],
  });
});

it("takes mine where both changed the same, and says so", () => {
  const merged = mergeSettings(base, { ...base, name: "Mine" }, { ...base, name: "Theirs" });

  expect(merged).toEqual({ settings: { ...base, name: "Mine" }, theirs: ["name"], clashes: ["name"] });
});

it("finds the field of a problem", () => {
  const found = problemsByMember([
    { pointer: "/concurrency/limit", message: "concurrency.limit: no." },
    { pointer: "/debounce", message: "debounce: no." },
    { pointer: "/graph/nodes/0", message: "elsewhere" },
  ]);

  expect([...found].map(([member, inside]) => [member, ...inside.keys()])).toEqual([
    ["concurrency", "limit"],
    ["debounce", ""],
  ]);
});
