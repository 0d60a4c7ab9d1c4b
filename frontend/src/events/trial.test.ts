import { describe, expect, it } from "vitest";
import type { FlipRead } from "../client/types.gen";
import { applyFlip, payloadOf, visibleEvent } from "./trial";

const event = { lead: { score: 70, note: "x" }, $event: { id: "1" } };
const rule = { ">": [{ var: "lead.score" }, 75] };

function flip(target: FlipRead["target"], change: object): FlipRead {
  return { target, checked: true, changes: [{ pointer: "/lead/score", words: "w", ...change }] };
}

describe("applyFlip", () => {
  it("changes the event", () => {
    const trial = applyFlip(flip("event", { from: 70, to: 76 }), event, rule);

    expect(trial.event).toEqual({ lead: { score: 76, note: "x" }, $event: { id: "1" } });
    expect(trial.rule).toBe(rule);
    expect(payloadOf(trial)).toEqual({ lead: { score: 76, note: "x" } });
  });

  it("removes what has no new value, and sets null where that is the value", () => {
    expect(applyFlip(flip("event", { pointer: "/lead/note", from: "x" }), event, rule).event.lead).toEqual({
      score: 70,
    });
    expect(applyFlip(flip("event", { to: null }), event, rule).event.lead).toEqual({ score: null, note: "x" });
  });

  it("changes the trigger", () => {
    expect(applyFlip(flip("trigger", { pointer: "/>/1", to: 69 }), event, rule).rule).toEqual({
      ">": [{ var: "lead.score" }, 69],
    });
  });
});

it("shows triggers the attributes of an event", () => {
  const stored = { id: "1", type: "paid", source: null, time: null, attributes: { subject: "s" }, payload: { a: 1 } };

  expect(visibleEvent(stored as never)).toEqual({ a: 1, $event: { id: "1", type: "paid", subject: "s" } });
});
