import { expect, test } from "vitest";
import { crumbsOf } from "./crumbs";

test("a list is one crumb", () => {
  expect(crumbsOf("/executions", "Executions")).toEqual([{ label: "Executions" }]);
  expect(crumbsOf("/", "Overview")).toEqual([{ label: "Overview" }]);
});

test("a thing is below its list", () => {
  expect(crumbsOf("/workflows/1", "Lead routing")).toEqual([
    { label: "Workflows", to: "/workflows" },
    { label: "Lead routing" },
  ]);
});

test("an explanation is below its event", () => {
  expect(crumbsOf("/events/1/why/2", "Why: Lead routing").map((each) => each.to)).toEqual([
    "/events",
    "/events/1",
    undefined,
  ]);
});

test("a comparison is below the executions, and another page is itself", () => {
  expect(crumbsOf("/compare", "Compare executions")[0]).toEqual({ label: "Executions", to: "/executions" });
  expect(crumbsOf("/nothing", "No such page")).toEqual([{ label: "No such page" }]);
});
