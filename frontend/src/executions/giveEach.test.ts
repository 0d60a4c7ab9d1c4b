import { expect, it } from "vitest";
import type { Execution } from "../api/executions";
import { fitsCommand, giveEach, resultText } from "./giveEach";

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
