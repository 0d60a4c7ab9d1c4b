/** The order in which nodes run: breadth first from the entries, each after all that lead to it. */

export interface Way {
  source: string;
  target: string;
}

/** The ids in run order; those that nothing leads to come last, in their own order. */
export function runOrder(nodes: string[], edges: Way[], entries: string[]): string[] {
  const waits = new Map(nodes.map((id) => [id, 0]));
  const out = new Map<string, string[]>(nodes.map((id) => [id, []]));
  for (const { source, target } of forward(nodes, edges, entries)) {
    out.get(source)?.push(target);
    waits.set(target, (waits.get(target) ?? 0) + 1);
  }
  const ready = [...entries.filter((id) => waits.has(id)), ...nodes.filter((id) => !waits.get(id))];
  const order = new Set<string>();
  for (const id of ready) {
    if (order.has(id)) continue;
    order.add(id);
    for (const target of out.get(id) ?? []) {
      const left = (waits.get(target) ?? 1) - 1;
      waits.set(target, left);
      if (left === 0) ready.push(target);
    }
  }
  return [...order, ...nodes.filter((id) => !order.has(id))];
}

/** The nodes of a graph in run order. */
export function inRunOrder<Node extends { id: string }>(graph: {
  nodes: Node[];
  edges: Way[];
  entries: string[];
}): Node[] {
  const known = new Map(graph.nodes.map((node) => [node.id, node]));
  return runOrder([...known.keys()], graph.edges, graph.entries).flatMap((id) => known.get(id) ?? []);
}

/** The node before or behind one, at the ends itself; without one the first or the last. */
export function neighbourOf<Node extends { id: string }>(
  nodes: Node[],
  id: string | undefined,
  by: 1 | -1,
): Node | undefined {
  const at = nodes.findIndex((node) => node.id === id);
  if (at < 0) return nodes.at(by === 1 ? 0 : -1);
  return nodes[at + by] ?? nodes[at];
}

/** The edges without those that lead back, found by a depth-first search from the entries. */
function forward(nodes: string[], edges: Way[], entries: string[]): Way[] {
  const out = new Map<string, Way[]>(nodes.map((id) => [id, []]));
  for (const edge of edges) out.get(edge.source)?.push(edge);
  const state = new Map<string, "open" | "done">();
  const back = new Set<Way>();
  for (const start of [...entries, ...nodes]) {
    if (state.has(start) || !out.has(start)) continue;
    const path = [{ id: start, at: 0 }];
    state.set(start, "open");
    while (path.length > 0) {
      const top = path[path.length - 1] as { id: string; at: number };
      const edge = out.get(top.id)?.[top.at++];
      if (!edge) {
        state.set(top.id, "done");
        path.pop();
      } else if (state.get(edge.target) === "open") {
        back.add(edge);
      } else if (!state.has(edge.target) && out.has(edge.target)) {
        state.set(edge.target, "open");
        path.push({ id: edge.target, at: 0 });
      }
    }
  }
  return edges.filter((edge) => !back.has(edge));
}
