import { describe, expect, it } from "vitest";
import type { NodeLine } from "../api/executions";
import type { StepLine } from "../api/steps";
import { rowsOf, workedAndWaited } from "./bars";

const at = (second: number) => new Date(second * 1000).toISOString();

function line(
  node_id: string,
  counts: NodeLine["counts"],
  from: number,
  to: number | null,
  type = "http_call",
): NodeLine {
  const status = Object.keys(counts)[0] as NodeLine["status"];
  const times = {
    first_created_at: at(from),
    first_started_at: at(from),
    last_finished_at: to === null ? null : at(to),
  };
  return { node_id, type, status, branch: null, visits: 1, counts, ...times };
}

function step(node_id: string, from: number, to: number | null, more: Partial<StepLine> = {}): StepLine {
  const status = to === null ? "RUNNING" : "COMPLETED";
  const times = { created_at: at(from), started_at: at(from), finished_at: to === null ? null : at(to), due_at: null };
  const rest = { visit: 1, attempt: 1, branch: null, kept: false, error: null, outcome: null };
  return { id: `${node_id}${from}`, node_id, type: "http_call", status, ...rest, ...times, ...more } as StepLine;
}

describe("rowsOf", () => {
  it("has a bar for each attempt, with the time in the queue", () => {
    const steps = [step("call", 2, 3, { created_at: at(1) }), step("call", 4, null, { attempt: 2 })];

    const [row] = rowsOf([line("call", { RUNNING: 1, COMPLETED: 1 }, 2, null)], steps, 9000);

    expect(row?.bars.map((bar) => [bar.ready, bar.from, bar.to])).toEqual([
      [1000, 2000, 3000],
      [4000, 4000, 9000],
    ]);
    expect(row?.bars[1]?.label).toBe("call, attempt 2");
  });

  it("does not count the time before a retry as time in the queue", () => {
    const again = step("call", 10, 11, { attempt: 2, created_at: at(3), due_at: at(9) });

    const [row] = rowsOf([line("call", { COMPLETED: 1 }, 10, 11)], [again], 0);

    expect(row?.bars.map((bar) => [bar.ready, bar.from, bar.waited])).toEqual([[9000, 10_000, false]]);
  });

  it("makes many steps one bar, which is red if one failed", () => {
    const [row] = rowsOf([line("loop", { COMPLETED: 9999, FAILED: 1 }, 1, 60)], null, 0);

    expect(row?.together).toBe(10_000);
    expect(row?.bars[0]?.label).toBe("loop, 9999 completed and 1 failed");
    expect(row?.bars.map((bar) => [bar.from, bar.to, bar.status])).toEqual([[1000, 60_000, "FAILED"]]);
  });

  it("leaves out nodes that never ran", () => {
    expect(rowsOf([{ ...line("lost", { SKIPPED: 1 }, 1, 1), first_started_at: null }], [], 0)).toEqual([]);
  });
});

it("tells work from waiting", () => {
  const nodes = [line("call", { COMPLETED: 1 }, 0, 2), line("wait", { COMPLETED: 1 }, 2, 60, "delay")];
  const rows = rowsOf(nodes, [step("call", 0, 2), step("wait", 2, 60, { due_at: at(60) })], 0);

  expect(workedAndWaited(rows, { from: 0, to: 60_000 })).toEqual({ worked: 2000, waited: 58_000 });
});
