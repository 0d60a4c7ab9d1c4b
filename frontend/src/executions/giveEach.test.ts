import { expect, it } from "vitest";
import type { Execution } from "../api/executions";
import { countText, fitsCommand, giveEach, resultText } from "./giveEach";

it("goes on after one that is refused, and says why", async () => {
  const give = (id: string) =>
    id === "b" ? Promise.reject(new Error("It has ended.")) : Promise.resolve({} as Execution);

  const result = await giveEach(["a", "b", "c"], "cancel", give);

  expect(resultText("cancel", result.done, result.refused)).toBe("2 cancelled. 1 was refused: It has ended.");
  expect(resultText("retry", 1, [])).toBe("1 retried.");
});

it("knows which status allows which command", () => {
  expect(["PENDING", "RUNNING", "PAUSED", "FAILED"].filter((each) => fitsCommand(each, "cancel"))).toHaveLength(3);
  expect(["COMPLETED", "FAILED", "CANCELLED"].filter((each) => fitsCommand(each, "retry"))).toHaveLength(2);
});

it("says for how many it would be done", () => {
  expect(countText(0, false, "cancel")).toBe("All that match the filter have ended.");
  expect(countText(12, false, "retry")).toMatch(/^12 that failed or were cancelled\. Executions that start/);
  expect(countText(500, true, "cancel")).toMatch(/^The newest 500 that have not ended\. There are more/);
});
