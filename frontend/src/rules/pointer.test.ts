import { describe, expect, it } from "vitest";
import { inside, splitPointer, stepsOf, valueAt, withoutValueAt, withValueAt } from "./pointer";

const rule = { and: [{ "==": [{ var: "a/b" }, 1] }, { ">": [{ var: "n" }, 75] }] };

describe("valueAt", () => {
  it("reads keys and elements, with their escapes", () => {
    expect(stepsOf("/a~1b/~0")).toEqual(["a/b", "~"]);
    expect(valueAt(rule, "/and/1/>/1")).toBe(75);
    expect(valueAt(rule, "")).toBe(rule);
    expect(valueAt({ toString: 1 }, "/constructor")).toBeUndefined();
  });
});

describe("inside", () => {
  it("escapes a step, and splitPointer takes it off again", () => {
    expect(inside("/and", "a/~b")).toBe("/and/a~1~0b");
    expect(splitPointer("/and/a~1~0b")).toEqual({ around: "/and", step: "a/~b" });
    expect(splitPointer("")).toBeNull();
  });
});

describe("withValueAt", () => {
  it("changes a copy and shares the rest", () => {
    const changed = withValueAt(rule, "/and/1/>/1", 69) as typeof rule;

    expect(valueAt(changed, "/and/1/>/1")).toBe(69);
    expect(rule.and[1]).toEqual({ ">": [{ var: "n" }, 75] });
    expect(changed.and[0]).toBe(rule.and[0]);
  });

  it("makes objects that are missing, and keeps the order of keys", () => {
    expect(withValueAt({ a: 1, c: 2 }, "/b/x", true)).toEqual({ a: 1, c: 2, b: { x: true } });
    expect(Object.keys(withValueAt({ a: 1, c: 2 }, "/a", 3) as object)).toEqual(["a", "c"]);
    expect(withValueAt(rule, "", true)).toBe(true);
  });

  it("keeps a key that is named like a property of all objects", () => {
    expect(JSON.stringify(withValueAt(JSON.parse('{"__proto__": 1}'), "/a", 2))).toBe('{"__proto__":1,"a":2}');
  });
});

describe("withoutValueAt", () => {
  it("removes a key, and an element", () => {
    expect(withoutValueAt({ a: 1, b: 2 }, "/a")).toEqual({ b: 2 });
    expect(withoutValueAt({ a: [1, 2, 3] }, "/a/1")).toEqual({ a: [1, 3] });
  });
});
