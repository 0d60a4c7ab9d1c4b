/** Two saves from one base: what each changed, and both together; where both changed one thing, one of them is chosen. */

import { type Definition, type DocumentEdge, type DocumentNode, edgesOf, isSame, nodesOf } from "../graph/document";

export type Side = "theirs" | "mine";
export type Choices = Readonly<Record<string, Side>>;

/** A thing that one or both changed: "node charge", "edge a → b", "trigger" … A value is undefined where it is absent. */
export interface Change {
  thing: string;
  before: unknown;
  theirs: unknown;
  mine: unknown;
  /** True where both changed it, each in another way. */
  isClash: boolean;
}

export interface Merged {
  definition: Definition;
  changes: Change[];
}

type Values = Map<string, unknown>;

/** Theirs with all that mine changed against the base; of a clash, what is chosen, and mine until then. */
export function merge(base: Definition, mine: Definition, theirs: Definition, choices: Choices = {}): Merged {
  const changes: Change[] = [];
  const all = [base, theirs, mine] as const;
  const together = (valuesOf: (definition: Definition) => Values, noun = "") => {
    const [before, other, own] = all.map(valuesOf) as [Values, Values, Values];
    return mergeValues(before, other, own, noun, choices, changes);
  };
  const placed = together(namedNodes, "node ");
  const edges = [...together(namedEdges, "edge ").values()];
  const members = Object.fromEntries(together(membersOf));
  if (!theirs.graph) return { definition: members as Definition, changes };
  const graph = Object.fromEntries(together(graphMembersOf, "graph "));
  const drawn = all.map(namedNodes);
  const nodes = [...placed].map(([id, node]) => place(node as DocumentNode, ...drawn.map((each) => each.get(id))));
  return { definition: { ...members, graph: { ...graph, nodes, edges } } as Definition, changes };
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

function mergeValues(
  before: Values,
  theirs: Values,
  mine: Values,
  noun: string,
  choices: Choices,
  changes: Change[],
): Values {
  const merged = new Map(theirs);
  for (const key of new Set([...before.keys(), ...theirs.keys(), ...mine.keys()])) {
    const change = changeOf(`${noun}${key}`, before.get(key), theirs.get(key), mine.get(key));
    if (!change) continue;
    const { thing, theirs: other, mine: own, isClash } = change;
    if (thing !== "graph viewport") changes.push(change);
    if (isSame(unplaced(change.before), unplaced(own)) || (isClash && choices[thing] === "theirs")) continue;
    if (own === undefined) merged.delete(key);
    else if (!isSame(unplaced(own), unplaced(other))) merged.set(key, own);
  }
  return merged;
}

/** What became of one thing; null where nobody changed it. Where a node is drawn does not count. */
function changeOf(thing: string, before: unknown, theirs: unknown, mine: unknown): Change | null {
  const [old, other, own] = [before, theirs, mine].map(unplaced);
  const [isMine, isTheirs] = [!isSame(old, own), !isSame(old, other)];
  if (!isMine && !isTheirs) return null;
  return { thing, before, theirs, mine, isClash: isMine && isTheirs && !isSame(own, other) };
}

function unplaced(value: unknown): unknown {
  if (!value || typeof value !== "object" || !("position" in value)) return value;
  const { position: _, ...rest } = value;
  return rest;
}

/** A node where I have moved it to, or else where theirs is. */
function place(node: DocumentNode, before?: unknown, theirs?: unknown, mine?: unknown): DocumentNode {
  const [old, other, own] = [before, theirs, mine].map((each) => (each as DocumentNode | undefined)?.position);
  const position = isSame(old, own) ? (other ?? own) : (own ?? other);
  return isSame(position, node.position) ? node : { ...node, position };
}

/** A value in the three saves, at a path inside a thing; "" is the thing itself. */
export interface ChangeRow {
  path: string;
  values: [before: unknown, theirs: unknown, mine: unknown];
}

/** The values of a change that differ: those inside a node that all three have, else the whole. */
export function rowsOf({ thing, before, theirs, mine }: Change): ChangeRow[] {
  const values: ChangeRow["values"] = [before, theirs, mine];
  return thing.startsWith("node ")
    ? differing("", values.map(unplaced) as ChangeRow["values"])
    : [{ path: "", values }];
}

function differing(path: string, values: ChangeRow["values"]): ChangeRow[] {
  const [first, ...others] = values;
  if (others.every((value) => isSame(first, value))) return [];
  if (!values.every(isObject)) return [{ path, values }];
  const objects = values as unknown as Record<string, unknown>[];
  const keys = new Set(objects.flatMap((value) => Object.keys(value)));
  return [...keys].flatMap((key) => {
    const inside = objects.map((value) => value[key]) as ChangeRow["values"];
    return differing(path ? `${path}.${key}` : key, inside);
  });
}

function isObject(value: unknown): boolean {
  return !!value && typeof value === "object" && !Array.isArray(value);
}
