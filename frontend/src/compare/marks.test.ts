import { describe, expect, it } from "vitest";
import type { ComparedNode } from "../api/compare";
import type { GraphRead } from "../client/types.gen";
import { changedNodes, marksOf, unionOf } from "./marks";

function compared(node_id: string, status: ComparedNode["status"], more: Partial<ComparedNode> = {}): ComparedNode {
  const rest = { visit: 1, side: "both" as const, step_ids: ["1", "2"], took_ms: [1, 1] };
  const same = { input: "same" as const, output: "same" as const, first_difference: null, input_difference: null };
  return { node_id, status, ...rest, ...same, ...more };
}

describe("marksOf", () => {
  it("tells what is the same, what differs, and what is on one side", () => {
    const marks = marksOf([
      compared("start", ["COMPLETED", "COMPLETED"]),
      compared("route", ["COMPLETED", "COMPLETED"], { output: "differs" }),
      compared("tell", ["COMPLETED", "SKIPPED"]),
      compared("note", ["SKIPPED", "COMPLETED"]),
      compared("new", [null, "COMPLETED"], { side: "b" }),
      compared("never", ["SKIPPED", "SKIPPED"]),
    ]);

    expect([...marks].map(([id, mark]) => [id, mark.tone])).toEqual([
      ["start", "same"],
      ["route", "differs"],
      ["tell", "a"],
      ["note", "b"],
      ["new", "b"],
    ]);
  });

  it("names the visits that differ", () => {
    const visits = [1, 2, 3].map((visit) =>
      compared("tick", ["COMPLETED", "COMPLETED"], { visit, output: visit === 1 ? "same" : "differs" }),
    );

    expect(marksOf(visits).get("tick")?.words).toBe("differs at visit 2, 3");
  });
});

const graph = (ids: string[], edges: [string, string][], data = {}): GraphRead => ({
  nodes: ids.map((id) => ({
    id,
    type: "t",
    title: id,
    data: id === "b" ? data : {},
    handles: [],
    position: { x: 0, y: 0 },
    pointer: null,
    runs: true,
  })),
  edges: edges.map(([source, target]) => ({ source, target, handle: null, implied: false })),
  entries: [ids[0] ?? ""],
});

it("draws both graphs as one", () => {
  const one = graph(["a", "b"], [["a", "b"]]);
  const both = unionOf(
    one,
    graph(
      ["a", "b", "c"],
      [
        ["a", "b"],
        ["b", "c"],
      ],
    ),
  );

  expect(both.nodes.map((node) => node.id)).toEqual(["a", "b", "c"]);
  expect(both.edges).toHaveLength(2);
  expect(unionOf(one, one).nodes).toBe(one.nodes);
});

it("counts nodes that differ between versions", () => {
  expect(changedNodes(graph(["a", "b"], []), graph(["a", "b", "c"], [], { value: 1 }))).toEqual(["b", "c"]);
});
