/** Two saves from one base: what each changed, and both together where they do not touch the same thing. */

import { type Definition, type DocumentEdge, edgesOf, isSame, nodesOf } from "../graph/document";

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
  const all = [base, mine, theirs] as const;
  const together = (valuesOf: (definition: Definition) => Values, noun = "") => {
    const [old, own, other] = all.map(valuesOf) as [Values, Values, Values];
    return mergeValues(old, own, other, noun, clashes);
  };
  const members = Object.fromEntries(together(membersOf));
  if (!theirs.graph) return { definition: members as Definition, clashes };
  const graph = Object.fromEntries(together(graphMembersOf, "graph "));
  const nodes = [...together(namedNodes, "node ").values()];
  const edges = [...together(namedEdges, "edge ").values()];
  return { definition: { ...members, graph: { ...graph, nodes, edges } } as Definition, clashes };
}

function membersOf(definition: Definition): Values {
  return new Map(Object.entries(definition).filter(([key]) => key !== "graph"));
}

function graphMembersOf({ graph }: Definition): Values {
  return new Map(Object.entries(graph).filter(([key]) => key !== "nodes" && key !== "edges"));
}

function namedNodes(definition: Definition): Values {
  return new Map(nodesOf(definition).map((node) => [String(node.id), node]));
}

function namedEdges(definition: Definition): Values {
  return new Map(edgesOf(definition).map((edge) => [edgeKey(edge), edge]));
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
