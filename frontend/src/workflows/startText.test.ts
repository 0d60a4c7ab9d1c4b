import { expect, it } from "vitest";
import { startText } from "./startText";

it.each([
  [
    { and: [{ "==": [{ var: "lead.source" }, "LinkedIn"] }, { ">": [{ var: "lead.score" }, 75] }] },
    null,
    'lead.source is "LinkedIn" and lead.score is more than 75',
  ],
  [{ in: [{ var: "country" }, ["DE", "FR"]] }, null, 'country is in ["DE","FR"]'],
  [{ "!": [{ var: "a" }] }, null, '{"!":[{"var":"a"}]}'],
  [null, null, "By hand only"],
  [{}, null, "By hand only"],
  [true, null, "On every event"],
  [null, { cron: "0 9 * * 1" }, "At 0 9 * * 1"],
])("says when %j starts", (trigger, schedule, text) => {
  expect(startText(trigger, schedule)).toBe(text);
});
