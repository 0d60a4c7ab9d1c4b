import { expect, it } from "vitest";
import { filterOf, isNarrowed, readExecutionsSearch, toggleStatus } from "./search";

it("reads statuses that exist, each once", () => {
  expect(readExecutionsSearch({ status: "FAILED,LOST,RUNNING,FAILED" }).status).toBe("RUNNING,FAILED");
  expect(readExecutionsSearch({ status: "LOST" }).status).toBeUndefined();
});

it("takes and drops a status", () => {
  expect(toggleStatus(undefined, "FAILED")).toBe("FAILED");
  expect(toggleStatus("FAILED", "RUNNING")).toBe("RUNNING,FAILED");
  expect(toggleStatus("RUNNING,FAILED", "FAILED")).toBe("RUNNING");
  expect(toggleStatus("RUNNING", "RUNNING")).toBeUndefined();
});

it("asks the server by its own names", () => {
  const search = readExecutionsSearch({ q: 12345678, event: "e", forkedFrom: "f", range: "day", from: "x" });

  expect(filterOf(search)).toMatchObject({ q: "12345678", event_id: "e", forked_from: "f", time: { range: "day" } });
});

it("lists tests if it is asked to", () => {
  const kinds = ["with", "only", "none"].map((tests) => filterOf(readExecutionsSearch({ tests })).kind);

  expect(kinds).toEqual(["all", "test", undefined]);
});

it("knows whether anything narrows the list", () => {
  expect(isNarrowed(readExecutionsSearch({ other: 1 }))).toBe(false);
  expect(isNarrowed(readExecutionsSearch({ range: "hour" }))).toBe(true);
});
