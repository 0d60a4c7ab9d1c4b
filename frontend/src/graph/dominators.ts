/** The nodes that surely ran before another one: every path from an entry to it leads through them. */

import type { Way } from "./order";

/** Their ids, the nearest first; none for a node that no path leads to. */
export function surelyBefore(nodes: string[], edges: Way[], entries: string[], id: string): string[] {
  const parents = immediate(nodes, edges, entries);
  const found: string[] = [];
  for (let at = parents.get(id); at !== undefined && at !== ROOT; at = parents.get(at)) found.push(at);
  return found;
}

/** Stands before all entries. */
const ROOT = "";

/** The immediate dominator of each node, by the algorithm of Cooper, Harvey and Kennedy. */
function immediate(nodes: string[], edges: Way[], entries: string[]): Map<string, string> {
  const out = new Map<string, string[]>([[ROOT, entries], ...nodes.map((id): [string, string[]] => [id, []])]);
  const into = new Map<string, string[]>(nodes.map((id) => [id, entries.includes(id) ? [ROOT] : []]));
  for (const { source, target } of edges) {
    out.get(source)?.push(target);
    into.get(target)?.push(source);
  }
  const order = reversePostorder(out);
  const places = new Map(order.map((id, place) => [id, place]));
  const found = new Map<string, string>([[ROOT, ROOT]]);
  const meet = (a: string, b: string): string => {
    let [left, right] = [a, b];
    while (left !== right) {
      const isLater = (places.get(left) ?? 0) > (places.get(right) ?? 0);
      if (isLater) left = found.get(left) ?? ROOT;
      else right = found.get(right) ?? ROOT;
    }
    return left;
  };
  for (let isChanged = true; isChanged; ) {
    isChanged = false;
    for (const id of order.slice(1)) {
      const known = (into.get(id) ?? []).filter((each) => found.has(each));
      const next = known.reduce(meet);
      if (found.get(id) === next) continue;
      found.set(id, next);
      isChanged = true;
    }
  }
  return found;
}

function reversePostorder(out: ReadonlyMap<string, string[]>): string[] {
  const order: string[] = [];
  const seen = new Set([ROOT]);
  const path = [{ id: ROOT, at: 0 }];
  for (let top = path.at(-1); top; top = path.at(-1)) {
    const next = out.get(top.id)?.[top.at++];
    if (next === undefined) {
      order.push(top.id);
      path.pop();
    } else if (out.has(next) && !seen.has(next)) {
      seen.add(next);
      path.push({ id: next, at: 0 });
    }
  }
  return order.reverse();
}
