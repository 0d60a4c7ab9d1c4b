import { expect, it } from "vitest";
import type { ForkPlan } from "../api/forks";
import { effectsKey, marksOf } from "./marks";

const PLAN: ForkPlan = {
  execution_id: "e",
  kept: [{ step_id: "1", node_id: "start", visit: 1 }],
  again: [
    { node_id: "route", effects: false },
    { node_id: "tell", effects: true },
  ],
  warnings: [],
};

it("marks what is kept, where it begins, and effects", () => {
  expect([...marksOf(PLAN, "route")]).toEqual([
    ["start", { tone: "kept", words: "kept" }],
    ["route", { tone: "begins", words: "begins here" }],
    ["tell", { tone: "effect", words: "runs again, with its effect" }],
  ]);
});

it("names the effects that a consent is for", () => {
  expect(effectsKey(PLAN)).toBe("tell");
  expect(effectsKey(undefined)).toBe("");
});
