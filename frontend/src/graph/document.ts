/** A workflow as it is saved, and edits of its graph. Every edit returns a new value and keeps all unknown keys. */

import { cornersOf, parentOf, takeNodes } from "./nesting";
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

/** The definition with one of its nodes changed. */
export function withNode(definition: Definition, id: string, change: (node: DocumentNode) => DocumentNode): Definition {
  return withNodes(definition, (nodes) => nodes.map((node) => (String(node.id) === String(id) ? change(node) : node)));
}

/** Put nodes at places on the canvas. Those of a node in another one are saved from the corner of that one. */
export function moveNodes(definition: Definition, places: Record<string, Point>): Definition {
  const corners = cornersOf(nodesOf(definition), places);
  return withNodes(definition, (nodes) =>
    nodes.map((node) => {
      const place = places[node.id];
      if (!place) return node;
      const from = corners(parentOf(node));
      return { ...node, position: { ...node.position, x: place.x - from.x, y: place.y - from.y } };
    }),
  );
}

/** An id for a new node of a type: "delay", "delay_2" … */
export function freeId(definition: Definition, type: string): string {
  return freeIdAmong(idsOf(definition), type);
}

/** The ids of the nodes of a definition. */
export function idsOf(definition: Definition): Set<string> {
  return new Set(nodesOf(definition).map((node) => String(node.id)));
}

export function freeIdAmong(taken: ReadonlySet<string>, type: string): string {
  if (!taken.has(type)) return type;
  let number = 2;
  while (taken.has(`${type}_${number}`)) number += 1;
  return `${type}_${number}`;
}

export function addNode(definition: Definition, node: DocumentNode): Definition {
  return withNodes(definition, (nodes) => [...nodes, node]);
}

/** Remove nodes with all edges and all `next` that lead to them. What is drawn in them stays where it is. */
export function removeNodes(definition: Definition, ids: ReadonlySet<string>): Definition {
  const isLeft = (edge: DocumentEdge) => !ids.has(String(edge.source)) && !ids.has(String(edge.target));
  const left = new Set([...idsOf(definition)].filter((id) => !ids.has(id)));
  const kept = withNodes(definition, (nodes) =>
    takeNodes(nodes, left).map((node) => withoutNext(node, (next) => ids.has(next))),
  );
  return { ...kept, graph: { ...kept.graph, edges: edgesOf(kept).filter(isLeft) } };
}

export function setData(definition: Definition, id: string, data: Data): Definition {
  return withNode(definition, id, (node) => ({ ...node, data }));
}

/** A node whose cases have no `next` of this kind. */
export function withoutNext(node: DocumentNode, isGone: (next: string, label: string) => boolean): DocumentNode {
  const cases = node.data?.cases;
  if (!Array.isArray(cases)) return node;
  const has = (each: unknown): each is Data =>
    !!each && typeof each === "object" && ["string", "number"].includes(typeof (each as Data).next);
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
