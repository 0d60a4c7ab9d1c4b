/** Edits of the edges of a saved workflow, and of the `next` of cases, which imply edges. */

import { type Definition, type DocumentEdge, edgesOf, nodesOf, type Way, withNode, withoutNext } from "./document";

type Data = Record<string, unknown>;

/** Let the edges from exits of a node leave from the exits that took their names. */
export function renameExits(definition: Definition, id: string, renamed: [old: string, now: string][]): Definition {
  if (renamed.length === 0) return definition;
  const names = new Map(renamed);
  const edges = edgesOf(definition).map((edge) => {
    const now = String(edge.source) === id ? names.get(edge.sourceHandle ?? "") : undefined;
    return now === undefined ? edge : { ...edge, sourceHandle: now };
  });
  return { ...definition, graph: { ...definition.graph, edges } };
}

/** Draw an edge; one that is there already is not drawn twice. */
export function connect(definition: Definition, way: Way): Definition {
  if (edgesOf(definition).some((edge) => isWay(edge, way))) return definition;
  const handle = way.handle ? { sourceHandle: way.handle } : {};
  const taken = new Set(edgesOf(definition).map((edge) => edge.id));
  const edge = { id: freeEdgeId(taken, way), ...endsOf(definition, way), ...handle };
  return { ...definition, graph: { ...definition.graph, edges: [...edgesOf(definition), edge] } };
}

/** An id for a new edge, beside those that are taken. */
export function freeEdgeId(taken: ReadonlySet<unknown>, way: Way): string {
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
  return (
    String(edge.source) === way.source &&
    String(edge.target) === way.target &&
    String(edge.sourceHandle ?? "") === way.handle
  );
}

/** The ends of a way as its document writes ids, which may be numbers. */
function endsOf(definition: Definition, way: Way): { source: string; target: string } {
  const written = (id: string) => nodesOf(definition).find((node) => String(node.id) === id)?.id ?? id;
  return { source: written(way.source), target: written(way.target) };
}

/** Where the case of an exit leads by its `next`; null: it has none. */
export function nextOf(definition: Definition, way: Way): string | null {
  const found = casesOf(definition, way.source).find((each) => exitOf(each) === way.handle && isId(each.next));
  return found ? String(found.next) : null;
}

/** Let the `next` of the case of an exit lead to the end of a way. */
export function setNext(definition: Definition, way: Way): Definition {
  const { target } = endsOf(definition, way);
  const isMeant = (each: unknown) =>
    !!each && typeof each === "object" && exitOf(each as Data) === way.handle && isId((each as Data).next);
  return withNode(definition, way.source, (node) => {
    const cases: unknown = node.data?.cases;
    if (!Array.isArray(cases)) return node;
    const changed = cases.map((each) => (isMeant(each) ? { ...each, next: target } : each));
    return { ...node, data: { ...node.data, cases: changed } };
  });
}

/** Let a way begin or end elsewhere: its edge keeps all else that it has. */
export function reconnect(definition: Definition, old: Way, now: Way): Definition {
  const isDrawn = edgesOf(definition).some((edge) => isWay(edge, old));
  if (isDrawn)
    return changeEdge(definition, old, { ...endsOf(definition, now), sourceHandle: now.handle || undefined });
  const isSameExit = old.source === now.source && old.handle === now.handle;
  return isSameExit ? setNext(definition, now) : connect(disconnect(definition, old), now);
}

/** Put a node that is there already between the ends of a way. */
export function insertBetween(definition: Definition, way: Way, id: string): Definition {
  const edge = edgesOf(definition).find((each) => isWay(each, way));
  const first = reconnect(definition, way, { ...way, target: id });
  const connected = connect(first, { source: id, target: way.target, handle: "" });
  if (edge?.targetHandle === undefined) return connected;
  // The entry of the last node is that of the second edge now.
  const { targetHandle } = edge;
  const before = changeEdge(connected, { ...way, target: id }, { targetHandle: undefined });
  return changeEdge(before, { source: id, target: way.target, handle: "" }, { targetHandle });
}

function casesOf(definition: Definition, id: string): Data[] {
  const cases = nodesOf(definition).find((node) => String(node.id) === id)?.data?.cases;
  return Array.isArray(cases) ? cases.filter((each) => !!each && typeof each === "object") : [];
}

function exitOf(each: Data): string {
  return String(each.label ?? (each.else ? "else" : ""));
}

function isId(value: unknown): boolean {
  return typeof value === "string" || typeof value === "number";
}
