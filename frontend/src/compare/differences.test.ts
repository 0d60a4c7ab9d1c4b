import { expect, test } from "vitest";
import type { ComparedNode } from "../api/compare";
import { isDifferent, neighbour, pathOf, rowKey, sideText, slowerText } from "./differences";

const SAME: ComparedNode = {
  node_id: "route",
  visit: 1,
  side: "both",
  step_ids: ["1", "2"],
  status: ["COMPLETED", "COMPLETED"],
  took_ms: [3, 900],
  input: "same",
  output: "same",
  first_difference: null,
  input_difference: null,
};

test("a node that only took longer is not different", () => {
  expect(isDifferent(SAME)).toBe(false);
});

test("a node differs by side, status, input and output", () => {
  expect(isDifferent({ ...SAME, side: "b" })).toBe(true);
  expect(isDifferent({ ...SAME, status: ["COMPLETED", "FAILED"] })).toBe(true);
  expect(isDifferent({ ...SAME, input: "differs" })).toBe(true);
  expect(isDifferent({ ...SAME, output: "differs" })).toBe(true);
});

test("a pointer is a path, with its escapes undone", () => {
  expect(pathOf("/items/0/a~1b")).toBe("items.0.a/b");
  expect(pathOf("")).toBe("");
});

test("a side without the value says so, and null is a value", () => {
  expect(sideText({ pointer: "/a", b: null }, "a")).toBe("nothing");
  expect(sideText({ pointer: "/a", b: null }, "b")).toBe("null");
});

test("the slower side is named where it matters", () => {
  expect(slowerText([100, 2100])).toBe("B by 2.0 s");
  expect(slowerText([1000, 1050])).toBe("");
  expect(slowerText([1000, null])).toBe("");
});

test("differences are stepped through in their order", () => {
  const differs = (node_id: string): ComparedNode => ({ ...SAME, node_id, output: "differs" });
  const rows = [SAME, differs("a"), { ...SAME, node_id: "b" }, differs("c")];

  expect(neighbour(rows, undefined, 1)?.node_id).toBe("a");
  expect(neighbour(rows, rowKey(differs("a")), 1)?.node_id).toBe("c");
  expect(neighbour(rows, rowKey(differs("c")), -1)?.node_id).toBe("a");
  expect(neighbour(rows, rowKey(differs("c")), 1)).toBeUndefined();
});
