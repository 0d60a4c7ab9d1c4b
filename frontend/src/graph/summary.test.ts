import { expect, it } from "vitest";
import { summaryOf } from "./summary";

const look = { type: "http_call", title: "HTTP call", icon: "globe", summary: ["{method} {url}", "{url}"] };

it("takes the first text whose keys are all given", () => {
  expect(summaryOf(look, "http_call", { method: "GET", url: "http://a" })).toBe("GET http://a");
  expect(summaryOf(look, "http_call", { url: "http://a" })).toBe("http://a");
});

it("shows the type where the data give nothing", () => {
  expect(summaryOf(look, "http_call", { method: "GET", url: { odd: 1 } })).toBe("HTTP call");
  expect(summaryOf(undefined, "my_type", {})).toBe("my_type");
});

it("counts a list", () => {
  expect(summaryOf({ ...look, summary: ["{#cases} cases"] }, "branch", { cases: [1, 2] })).toBe("2 cases");
});
