import { expect, it } from "vitest";
import type { NodeLine } from "../api/executions";
import type { BoxNode } from "../graph/view";
import { countsText, stateOf, withRuns } from "./overlay";

function line(node_id: string, status: NodeLine["status"], branch: string | null = null): [string, NodeLine] {
  const times = { first_created_at: "", first_started_at: null, last_finished_at: null };
  return [node_id, { node_id, type: "t", status, branch, visits: 1, counts: { [status]: 1 }, ...times }];
}

function edge(source: string, target: string, handle: string | null = null) {
  return { source, target, handle, implied: false };
}

//             ┌─hot──▶ call
//   route ────┤
//             └─else─▶ drip
it("tells the edge that a branch has taken from the others", () => {
  const lines = new Map([line("route", "COMPLETED", "#hot"), line("call", "RUNNING"), line("drip", "SKIPPED")]);

  expect(stateOf(edge("route", "call", "hot"), lines)).toBe("taken");
  expect(stateOf(edge("route", "drip", "else"), lines)).toBe("dead");
});

it("follows a branch that names a node", () => {
  const lines = new Map([line("route", "COMPLETED", "→call"), line("call", "READY"), line("drip", "SKIPPED")]);

  expect(stateOf(edge("route", "call", "hot"), lines)).toBe("taken");
  expect(stateOf(edge("route", "drip", "else"), lines)).toBe("dead");
});

it("takes the error edge of a step that failed", () => {
  const lines = new Map([line("call", "FAILED"), line("next", "SKIPPED"), line("undo", "COMPLETED")]);

  expect(stateOf(edge("call", "undo", "error"), lines)).toBe("taken");
  expect(stateOf(edge("call", "next"), lines)).toBe("dead");
});

it("leaves an edge open while its source runs", () => {
  expect(stateOf(edge("a", "b"), new Map([line("a", "RUNNING")]))).toBe("open");
});

it("keeps boxes whose state has not changed", () => {
  const box = (id: string) =>
    ({ id, type: "box", position: { x: 0, y: 0 }, data: { title: id, type: "t" } }) as BoxNode;
  const first = withRuns([box("a"), box("b")], new Map([line("a", "RUNNING"), line("b", "READY")]));

  const second = withRuns(first, new Map([line("a", "COMPLETED"), line("b", "READY")]));

  expect(second[1]).toBe(first[1]);
  expect(second[0]?.data.run?.status).toBe("COMPLETED");
  expect(second[0]?.ariaLabel).toBe("a, t, completed");
});

it("counts the steps of a node that has several", () => {
  expect(countsText({ status: "FAILED", visits: 5, counts: { FAILED: 1, COMPLETED: 4 } })).toBe(
    "4 completed, 1 failed",
  );
  expect(countsText({ status: "FAILED", visits: 1, counts: { FAILED: 1 } })).toBe("");
});
