/** Two saves from one base: what each changed, and both together where they do not touch the same thing. */

import { type Definition, type DocumentEdge, isSame } from "../graph/document";

/** A thing that both changed, each in another way. */
export interface Clash {
  /** "node charge", "the edges", "trigger" … */
  thing: string;
}

export interface Merged {
  definition: Definition;
  clashes: Clash[];
}

type Values = Map<string, unknown>;

/** Theirs with all that mine changed against the base; where both changed the same, mine, and a clash. */
export function merge(base: Definition, mine: Definition, theirs: Definition): Merged {
  const clashes: Clash[] = [];
  const members = mergeValues(membersOf(base), membersOf(mine), membersOf(theirs), "", clashes);
  const nodes = mergeValues(nodesOf(base), nodesOf(mine), nodesOf(theirs), "node ", clashes);
  const edges = mergeValues(edgesOf(base), edgesOf(mine), edgesOf(theirs), "edge ", clashes);
  const graph = { ...theirs.graph, nodes: [...nodes.values()], edges: [...edges.values()] } as Definition["graph"];
  return { definition: { ...Object.fromEntries(members), graph } as Definition, clashes };
}

function membersOf(definition: Definition): Values {
  return new Map(Object.entries(definition).filter(([key]) => key !== "graph"));
}

function nodesOf(definition: Definition): Values {
  return new Map(definition.graph.nodes.map((node) => [node.id, node]));
}

function edgesOf(definition: Definition): Values {
  return new Map(definition.graph.edges.map((edge) => [edgeKey(edge), edge]));
}

function edgeKey(edge: DocumentEdge): string {
  return `${edge.source} → ${edge.target}${edge.sourceHandle ? ` (${edge.sourceHandle})` : ""}`;
}

function mergeValues(base: Values, mine: Values, theirs: Values, noun: string, clashes: Clash[]): Values {
  const merged = new Map(theirs);
  for (const key of new Set([...base.keys(), ...mine.keys()])) {
    const [old, own, other] = [base.get(key), mine.get(key), theirs.get(key)];
    if (isSame(old, own) || isSame(own, other)) continue;
    if (!isSame(old, other)) clashes.push({ thing: `${noun}${key}` });
    if (own === undefined) merged.delete(key);
    else merged.set(key, own);
  }
  return merged;
}
