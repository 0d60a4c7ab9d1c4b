import { expect, it } from "vitest";
import { changeOf, draftOf, newSubscriptionOf } from "./draft";

const SAVED = {
  id: "1",
  url: "https://example.com/",
  types: ["trigraph.execution.failed"],
  workflow_id: "w",
  is_active: false,
  off_reason: "The receiver answered 410.",
  created_at: "2026-01-31T09:30:00Z",
  updated_at: "2026-01-31T09:30:00Z",
};

it("leaves the secret out where none was entered", () => {
  expect(newSubscriptionOf({ ...draftOf(undefined), url: " https://example.com/ ", secret: " " })).toEqual({
    url: "https://example.com/",
    types: ["trigraph.execution.failed"],
    workflow_id: null,
  });
});

it("keeps everything of a saved one that is not edited", () => {
  expect(changeOf(draftOf(SAVED))).toEqual({
    url: SAVED.url,
    types: SAVED.types,
    workflow_id: "w",
    is_active: false,
  });
});
