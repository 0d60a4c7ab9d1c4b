/** Ids that are pasted lead to the pages that they can belong to. */

import { expect, it } from "vitest";
import { guessesOf } from "./pasted";

const A = "01a22d83-1873-77f0-956a-719fd9ddee87";
const B = "01a22d83-1990-7752-b930-d5e99f24de91";

it("offers a page for each thing that one id may be", () => {
  expect(guessesOf(` ${A.toUpperCase()}\n`).map((each) => each.to)).toEqual([
    `/executions/${A}`,
    `/workflows/${A}`,
    `/events/${A}`,
  ]);
});

it("offers a comparison and both explanations for two ids", () => {
  expect(guessesOf(`${A}, ${B}`)[0]?.search).toEqual({ a: A, b: B });
  expect(guessesOf(`${A}, ${B}`).map((each) => each.to)).toEqual([
    "/compare",
    `/events/${A}/why/${B}`,
    `/events/${B}/why/${A}`,
  ]);
});

it("offers nothing for text, and one page set for an id that is pasted twice", () => {
  expect(guessesOf("lead routing")).toEqual([]);
  expect(guessesOf(`${A} ${A}`)).toHaveLength(3);
});
