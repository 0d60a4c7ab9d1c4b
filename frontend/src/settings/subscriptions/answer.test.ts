import { expect, it } from "vitest";
import { answerText } from "./answer";

it.each([
  [{ answer: { status: 204 }, error: null, attempts: 1 }, "HTTP 204"],
  [{ answer: { status: 500 }, error: "The receiver answered 500.", attempts: 2 }, "The receiver answered 500."],
  [{ answer: null, error: null, attempts: 0 }, "Not sent yet"],
  [{ answer: null, error: null, attempts: 1 }, "No answer"],
])("tells of %j: %s", (delivery, text) => {
  expect(answerText(delivery)).toBe(text);
});
