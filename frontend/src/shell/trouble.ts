/** What stops all work, in a sentence with its numbers. */

import type { Health, System } from "../api/system";
import { durationText } from "../ui/time";

/** What stops all work; null where nothing does. `system` has the numbers; absent where the user may not read them. */
export function troubleOf(health: Health | undefined, system: System | undefined, now: Date): string | null {
  if (!health) return null;
  const { postgres, redis, workers } = health.services;
  if (postgres === "unhealthy") return "Postgres is unreachable: nothing can be read or started until it is back.";
  if (redis === "unhealthy") return "Redis is unreachable: events are accepted and will run when it is back.";
  if (isWithoutWorkers(workers)) return system ? withNumbers(system, now) : WITHOUT_NUMBERS;
  return null;
}

const WITHOUT_NUMBERS = "No worker is running: executions are accepted, and nobody runs them.";

/** True if the state of the workers is that there are none. */
export function isWithoutWorkers(state: string | undefined): boolean {
  return !!state?.startsWith("unhealthy");
}

function withNumbers(system: System, now: Date): string {
  const seen = system.workers.map((worker) => Date.parse(worker.last_seen_at));
  const since = seen.length
    ? `for ${durationText(Math.max(1000, now.getTime() - Math.max(...seen)))}`
    : "in the last hour";
  const { pending_executions: pending, ready_steps: ready } = system;
  const parts = [
    countText(pending, "execution has not begun", "executions have not begun"),
    countText(ready, "step is ready", "steps are ready"),
  ].filter(Boolean);
  const waiting = parts.length
    ? `${parts.join(", ")} and nobody takes ${pending + ready === 1 ? "it" : "them"}.`
    : "what is started now waits for one.";
  return `No worker has been seen ${since}: ${waiting}`;
}

function countText(count: number, one: string, many: string): string {
  return count === 0 ? "" : `${count > 10_000 ? "10,000+" : count.toLocaleString("en")} ${count === 1 ? one : many}`;
}
