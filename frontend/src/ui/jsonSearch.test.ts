import { expect, test } from "vitest";
import { findIn, isLongerThan, pathText, sizeText } from "./jsonSearch";

const VALUE = { lead: { source: "LinkedIn", tags: ["a", "LINK"] }, link: 7, other: null };

test("keys and values are found, in their order, without case", () => {
  expect(findIn(VALUE, "link", 10).map(({ path }) => pathText(path))).toEqual(["lead.source", "lead.tags.1", "link"]);
  expect(findIn(VALUE, "link", 2)).toHaveLength(2);
  expect(findIn(VALUE, "null", 10)).toEqual([]);
});

test("a value that is nested deeply is looked through", () => {
  let deep: unknown = "end";
  for (let level = 0; level < 2_000; level += 1) deep = [deep];

  expect(findIn(deep, "end", 1)[0]?.path).toHaveLength(2_000);
});

test("the length of a value is that of its JSON, about", () => {
  expect(isLongerThan(VALUE, 40)).toBe(true);
  expect(isLongerThan(VALUE, 400)).toBe(false);
  expect(isLongerThan("x".repeat(300_000), 262_144)).toBe(true);
});

test("sizes are in kB from a thousand on", () => {
  expect([sizeText(640), sizeText(12_400)]).toEqual(["640 characters", "12 kB"]);
});
