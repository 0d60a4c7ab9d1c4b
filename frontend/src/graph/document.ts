/** A workflow as it is saved, and edits of its graph. Every edit returns a new value and keeps all unknown keys. */

import type { Point } from "./size";

type Data = Record<string, unknown>;

export interface DocumentNode extends Data {
  id: string;
  type?: string;
  data?: Data;
  position?: Point;
}

export interface DocumentEdge extends Data {
  source: string;
  target: string;
  sourceHandle?: string | null;
}

export interface DocumentGraph extends Data {
  nodes: DocumentNode[];
  edges: DocumentEdge[];
}

/** The body of a save. */
export interface Definition extends Data {
  name: string;
  graph: DocumentGraph;
}

/** One way from a node to another, as the canvas draws it. */
export interface Way {
  source: string;
  target: string;
  /** "" is the plain exit. */
  handle: string;
}

/** Members of an answer that a save may have. */
export const MEMBERS = "description trigger is_active concurrency rate_limit debounce batch schedule self".split(" ");
/** The member that has the document of each kind of workflow. */
const DOCUMENTS: Record<string, string> = { tasks: "definition_yaml", dag: "dag", steps: "steps" };

/** The member of a definition that has its document. */
export function documentKey(kind: unknown): string {
  return DOCUMENTS[String(kind)] ?? "graph";
}

/** The body that saves a workflow as it was read. Only that of a workflow that was drawn has a graph. */
export function definitionOf(workflow: Data): Definition {
  const members = MEMBERS.filter((key) => workflow[key] !== undefined && workflow[key] !== null);
  const kept = Object.fromEntries(members.map((key) => [key, workflow[key]]));
  const key = documentKey(workflow.kind);
  return { name: String(workflow.name), ...kept, [key]: workflow[key] } as Definition;
}

/** The nodes of a definition; none where it has no graph. */
export function nodesOf(definition: Definition): DocumentNode[] {
  const nodes: unknown = definition.graph?.nodes;
  return Array.isArray(nodes) ? nodes : [];
}

/** The edges of a definition; none where it has no graph. */
export function edgesOf(definition: Definition): DocumentEdge[] {
  const edges: unknown = definition.graph?.edges;
  return Array.isArray(edges) ? edges : [];
}

function withNodes(definition: Definition, change: (nodes: DocumentNode[]) => DocumentNode[]): Definition {
  const nodes = change(nodesOf(definition));
  return { ...definition, graph: { ...definition.graph, nodes } };
}

function withNode(definition: Definition, id: string, change: (node: DocumentNode) => DocumentNode): Definition {
  return withNodes(definition, (nodes) => nodes.map((node) => (node.id === id ? change(node) : node)));
}

export function moveNodes(definition: Definition, places: Record<string, Point>): Definition {
  return withNodes(definition, (nodes) =>
    nodes.map((node) => (places[node.id] ? { ...node, position: places[node.id] } : node)),
  );
}

/** An id for a new node of a type: "delay", "delay_2" … */
export function freeId(definition: Definition, type: string): string {
  const taken = new Set(nodesOf(definition).map((node) => node.id));
  if (!taken.has(type)) return type;
  let number = 2;
  while (taken.has(`${type}_${number}`)) number += 1;
  return `${type}_${number}`;
}

export function addNode(definition: Definition, node: DocumentNode): Definition {
  return withNodes(definition, (nodes) => [...nodes, node]);
}

/** Remove nodes with all edges and all `next` that lead to them. */
export function removeNodes(definition: Definition, ids: ReadonlySet<string>): Definition {
  const isLeft = (edge: DocumentEdge) => !ids.has(edge.source) && !ids.has(edge.target);
  const kept = withNodes(definition, (nodes) =>
    nodes.filter((node) => !ids.has(node.id)).map((node) => withoutNext(node, (next) => ids.has(next))),
  );
  return { ...kept, graph: { ...kept.graph, edges: edgesOf(kept).filter(isLeft) } };
}

export function setData(definition: Definition, id: string, data: Data): Definition {
  return withNode(definition, id, (node) => ({ ...node, data }));
}

/** Let the edges from exits of a node leave from the exits that took their names. */
export function renameExits(definition: Definition, id: string, renamed: [old: string, now: string][]): Definition {
  if (renamed.length === 0) return definition;
  const names = new Map(renamed);
  const edges = edgesOf(definition).map((edge) => {
    const now = edge.source === id ? names.get(edge.sourceHandle ?? "") : undefined;
    return now === undefined ? edge : { ...edge, sourceHandle: now };
  });
  return { ...definition, graph: { ...definition.graph, edges } };
}

/** Draw an edge; one that is there already is not drawn twice. */
export function connect(definition: Definition, way: Way): Definition {
  if (edgesOf(definition).some((edge) => isWay(edge, way))) return definition;
  const handle = way.handle ? { sourceHandle: way.handle } : {};
  const edge = { id: freeEdgeId(definition, way), source: way.source, target: way.target, ...handle };
  return { ...definition, graph: { ...definition.graph, edges: [...edgesOf(definition), edge] } };
}

function freeEdgeId(definition: Definition, way: Way): string {
  const taken = new Set(edgesOf(definition).map((edge) => edge.id));
  const plain = [way.source, way.handle, way.target].filter(Boolean).join("-");
  return taken.has(plain) ? `${plain}-${taken.size}` : plain;
}

/** Other members for an edge; undefined removes one. */
export function changeEdge(definition: Definition, way: Way, changes: Data): Definition {
  const change = (edge: DocumentEdge) =>
    Object.fromEntries(
      Object.entries({ ...edge, ...changes }).filter(([, value]) => value !== undefined),
    ) as DocumentEdge;
  const edges = edgesOf(definition).map((edge) => (isWay(edge, way) ? change(edge) : edge));
  return { ...definition, graph: { ...definition.graph, edges } };
}

/** Remove a way: its edge, or the `next` of the case that implies it. */
export function disconnect(definition: Definition, way: Way): Definition {
  const edges = edgesOf(definition).filter((edge) => !isWay(edge, way));
  if (edges.length < edgesOf(definition).length) {
    return { ...definition, graph: { ...definition.graph, edges } };
  }
  return withNode(definition, way.source, (node) =>
    withoutNext(node, (next, label) => next === way.target && label === way.handle),
  );
}

/** True if an edge of a document is this way. */
export function isWay(edge: DocumentEdge, way: Way): boolean {
  return edge.source === way.source && edge.target === way.target && (edge.sourceHandle ?? "") === way.handle;
}

/** A node whose cases have no `next` of this kind. */
function withoutNext(node: DocumentNode, isGone: (next: string, label: string) => boolean): DocumentNode {
  const cases = node.data?.cases;
  if (!Array.isArray(cases)) return node;
  const has = (each: unknown): each is Data =>
    !!each && typeof each === "object" && typeof (each as Data).next === "string";
  if (!cases.some((each) => has(each) && isGone(String(each.next), String(each.label ?? "")))) return node;
  const kept = cases.map((each) => {
    if (!has(each) || !isGone(String(each.next), String(each.label ?? ""))) return each;
    const { next: _, ...rest } = each;
    return rest;
  });
  return { ...node, data: { ...node.data, cases: kept } };
}

/** True if two values are the same JSON, whatever the order of their keys. */
export function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (!a || !b || typeof a !== "object" || typeof b !== "object" || Array.isArray(a) !== Array.isArray(b)) return false;
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  return (
    keys.length === others.length &&
    keys.every((key) => Object.hasOwn(b, key) && isSame((a as Data)[key], (b as Data)[key]))
  );
}
