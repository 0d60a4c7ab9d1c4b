import { describe, expect, it } from "vitest";
import { effectsText, nodesWithEffects } from "./effects";
import { exampleOf } from "./example";
import { readTyped, requestOf, withTyped } from "./request";

describe("an example made from a trigger", () => {
  it("has the values that the rule asks for", () => {
    const rule = {
      and: [
        { "==": [{ var: "$event.type" }, "lead.created"] },
        { ">": [{ var: "lead.score" }, 75] },
        { "<=": [3, { var: ["lead.visits", 0] }] },
        { in: [{ var: "country" }, ["DE", "FR"]] },
        { in: ["vip", { var: "tags" }] },
        { or: [{ "===": [{ var: "plan" }, "pro"] }, { "==": [{ var: "plan" }, "free"] }] },
        { "!": { var: "is_test" } },
      ],
    };

    expect(exampleOf(rule)).toEqual({
      lead: { score: 76, visits: 3 },
      country: "DE",
      tags: "vip",
      plan: "pro",
    });
  });

  it("is empty where the rule says nothing, and touches no prototype", () => {
    expect(exampleOf(null)).toEqual({});
    expect(exampleOf({ "==": [{ var: "a" }, { var: "b" }] })).toEqual({});
    exampleOf({ "==": [{ var: "__proto__.polluted" }, 1] });
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe("the request of a test", () => {
  const draft = { name: "w", graph: { nodes: [], edges: [] } };

  it("names the part and the source of the data", () => {
    expect(requestOf(draft, "whole", undefined, { kind: "blank" })).toEqual({ document: draft, payload: {} });
    expect(requestOf(draft, "until", "a", { kind: "event", id: "e" })).toEqual({
      document: draft,
      until: "a",
      event_id: "e",
    });
    expect(requestOf(draft, "only", "a", { kind: "recorded", id: "s" })).toEqual({
      document: draft,
      only: "a",
      from: "s",
    });
    expect(requestOf(draft, "only", undefined, { kind: "blank" })).toBeUndefined();
  });

  it("has what was typed in place of what was recorded", () => {
    const given = { document: draft, event_id: "e" };

    expect(withTyped(given, "whole", { n: 1 })).toEqual({ document: draft, payload: { n: 1 } });
    expect(withTyped({ ...given, only: "a" }, "only", [1])).toEqual({ ...given, only: "a", input: [1] });
  });

  it("takes an object as a payload, and any value as an input", () => {
    expect(readTyped("[1]", "only")).toEqual({ value: [1] });
    expect(readTyped("[1]", "whole").error).toMatch(/JSON object/);
    expect(readTyped("{", "only").error).toMatch(/not JSON/);
    expect(readTyped('{"a": 12345678901234567890}', "whole").value).toEqual({
      a: { "\u0000number": "12345678901234567890" },
    });
  });
});

describe("the effects of a test", () => {
  const effects = [
    { node_id: "call", type: "http_call" },
    { node_id: "each/call", type: "http_call" },
    { node_id: "tell", type: "own" },
  ];

  it("are counted by node type", () => {
    expect(effectsText(effects, (type) => (type === "http_call" ? "HTTP call" : undefined))).toBe(
      "2 × HTTP call, 1 × own",
    );
    expect(effectsText([], () => "")).toBe("");
  });

  it("are marked on the node around a graph in place", () => {
    expect(nodesWithEffects(effects, new Set(["call", "each", "tell"]))).toEqual(new Set(["call", "each", "tell"]));
  });
});
