import { describe, expect, test } from "vitest";
import type { Health, System } from "../api/system";
import { troubleOf } from "./trouble";

const NOW = new Date("2026-01-31T09:30:00Z");

function health(services: Partial<Health["services"]>): Health {
  const well = { redis: "healthy", postgres: "healthy", orchestrator: "healthy", workers: "healthy (1 active)" };
  return { status: "degraded", version: "1", services: { ...well, ...services } };
}

function system(parts: Partial<System>): System {
  return { workers: [], pending_executions: 0, ready_steps: 0, ...parts } as System;
}

describe("what stops all work", () => {
  const none = health({ workers: "unhealthy (0 active)" });
  const seen = [
    { last_seen_at: "2026-01-31T09:29:20Z" },
    { last_seen_at: "2026-01-31T09:00:00Z" },
  ] as System["workers"];

  test("nothing does in a healthy fleet", () => {
    expect(troubleOf(health({}), undefined, NOW)).toBeNull();
  });

  test("missing workers have the time and the numbers", () => {
    expect(troubleOf(none, system({ workers: seen, ready_steps: 12 }), NOW)).toBe(
      "No worker has been seen for 40 s: 12 steps are ready and nobody takes them.",
    );
    expect(troubleOf(none, system({ pending_executions: 1, ready_steps: 10_001 }), NOW)).toBe(
      "No worker has been seen in the last hour: 1 execution has not begun, 10,000+ steps are ready and nobody takes them.",
    );
    expect(troubleOf(none, system({ pending_executions: 1 }), NOW)).toContain(
      "1 execution has not begun and nobody takes it.",
    );
    expect(troubleOf(none, system({ workers: seen }), NOW)).toContain("what is started now waits for one.");
  });

  test("a user who may not read numbers gets a sentence without them", () => {
    expect(troubleOf(none, undefined, NOW)).toContain("No worker is running");
  });

  test("a missing Redis comes before missing workers, and a missing Postgres before both", () => {
    expect(troubleOf({ ...none, services: { ...none.services, redis: "unhealthy" } }, undefined, NOW)).toBe(
      "Redis is unreachable: events are accepted and will run when it is back.",
    );
    expect(troubleOf(health({ redis: "unhealthy", postgres: "unhealthy" }), undefined, NOW)).toContain("Postgres");
  });
});
