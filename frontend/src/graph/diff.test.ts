import { describe, expect, it } from "vitest";
import type { GraphRead } from "../client/types.gen";
import { changeText, diffGraphs } from "./diff";

function graphOf(nodes: Record<string, unknown>, edges: string[]): GraphRead {
  return {
    nodes: Object.entries(nodes).map(([id, value], index) => ({
      ...{ id, type: "transform", title: id.toUpperCase(), data: { value }, handles: [], pointer: null, runs: true },
      position: { x: index * 100, y: 0 },
    })),
    edges: edges.map((text) => {
      const [from = "", target = ""] = text.split(">");
      const [source = "", handle = null] = from.split(":");
      return { source, target, handle, implied: false };
    }),
    entries: [],
  };
}

//   before: a ─▶ b ─▶ c      after: a ─▶ b ─hot─▶ d
describe("diffGraphs", () => {
  const before = graphOf({ a: 1, b: 1, c: 1 }, ["a>b", "b>c"]);
  const after = graphOf({ a: 1, b: 2, d: 1 }, ["a>b", "b:hot>d"]);

  it("marks what was added, removed and changed", () => {
    const { nodes, edges, graph } = diffGraphs(before, after);

    expect(Object.fromEntries(nodes)).toEqual({ a: "same", b: "changed", d: "added", c: "removed" });
    expect(graph.edges.map((edge, index) => `${edge.source}>${edge.target} ${edges[index]}`)).toEqual([
      "a>b same",
      "b>d added",
      "b>c removed",
    ]);
    expect(graph.nodes.map((node) => node.id)).toEqual(["a", "b", "d", "c"]);
  });

  it("lists the differences by their names", () => {
    expect(diffGraphs(before, after).differences.map((each) => `${each.mark} ${each.kind} ${each.name}`)).toEqual([
      "changed node B",
      "added node D",
      "removed node C",
      "added edge B → D (hot)",
      "removed edge B → C",
    ]);
  });

  it("does not mind where nodes are drawn, or in which order", () => {
    const moved = { ...before, nodes: [...before.nodes].reverse().map((node) => ({ ...node, position: null })) };

    expect(diffGraphs(before, moved).differences).toEqual([]);
  });
});

describe("changeText", () => {
  const none = { nodes_added: 0, nodes_removed: 0, nodes_changed: 0, edges_added: 0, edges_removed: 0 };

  it("says the numbers in words", () => {
    const changes = { ...none, nodes_added: 2, nodes_changed: 1, edges_removed: 1, trigger: true, settings: false };

    expect(changeText(changes)).toBe("2 nodes added, 1 changed, 1 edge removed, trigger changed");
    expect(changeText({ ...none, trigger: false, settings: true })).toBe("settings changed");
  });
});
