/** Nodes of a document with the edges between them, as they are copied and pasted. */

import {
  type Definition,
  type DocumentEdge,
  type DocumentNode,
  edgesOf,
  freeIdAmong,
  idsOf,
  nodesOf,
  withoutNext,
} from "./document";
import { freeEdgeId } from "./edges";
import { readJson, writeJson } from "./exact";
import { cornersOf, outersOf, parentOf, takeNodes } from "./nesting";
import { renameNodes } from "./rename";
import { BOX, GAP, type Point } from "./size";
import { isNear } from "./spread";

export interface Part {
  nodes: DocumentNode[];
  edges: DocumentEdge[];
}

/** How far from its original a copy is put. */
const STEP = { x: 40, y: BOX.height + GAP.y };

/** The nodes of these ids, and what is drawn in them, as a text; null where there are none. */
export function textOfPart(definition: Definition, ids: Iterable<string>): string | null {
  const wanted = new Set(ids);
  const outersFor = outersOf(nodesOf(definition));
  const taken = new Set([...idsOf(definition)].filter((id) => [id, ...outersFor(id)].some((each) => wanted.has(each))));
  if (taken.size === 0) return null;
  // What the canvas of another editor notes about its last gesture is about the original.
  const nodes = takeNodes(nodesOf(definition), taken)
    .map((node) => withoutNext(node, (next) => !taken.has(next)))
    .map((node) => ({ ...node, selected: undefined, dragging: undefined, positionAbsolute: undefined }));
  const edges = edgesOf(definition).filter((edge) => taken.has(String(edge.source)) && taken.has(String(edge.target)));
  return writeJson({ nodes, edges }, 2);
}

/** The part that a text has, also that of a whole workflow; null: it has none. */
export function readPart(text: string): Part | null {
  try {
    const value = readJson(text) as Partial<Part & { graph: Partial<Part> }> | null;
    const { nodes, edges } = value?.graph ?? value ?? {};
    if (!Array.isArray(nodes) || nodes.length === 0 || !nodes.every(isNode)) return null;
    const ids = new Set(nodes.map((node) => String(node.id)));
    const isBetween = (edge: unknown) => isObject(edge) && ids.has(String(edge.source)) && ids.has(String(edge.target));
    return ids.size < nodes.length ? null : { nodes, edges: Array.isArray(edges) ? edges.filter(isBetween) : [] };
  } catch {
    return null;
  }
}

/**
 * Add a part, with its corner at a place, else beside what it was copied from.
 *
 * A node keeps its id where that is free, and gets one by its type otherwise: in all of the part that names it.
 */
export function paste(definition: Definition, part: Part, at?: Point): { definition: Definition; ids: string[] } {
  const { nodes, edges } = moved(renamed(part, definition), definition, at);
  const taken = new Set<unknown>(edgesOf(definition).map((edge) => edge.id));
  const added = edges.map((edge) => {
    if (edge.id === undefined) return edge;
    const way = { source: String(edge.source), target: String(edge.target), handle: String(edge.sourceHandle ?? "") };
    const id = freeEdgeId(taken, way);
    taken.add(id);
    return { ...edge, id };
  });
  const graph = {
    ...definition.graph,
    nodes: [...nodesOf(definition), ...nodes],
    edges: [...edgesOf(definition), ...added],
  };
  return { definition: { ...definition, graph }, ids: nodes.map((node) => String(node.id)) };
}

function renamed(part: Part, definition: Definition): Part {
  const there = idsOf(definition);
  const taken = new Set([...there, ...part.nodes.map((node) => String(node.id))]);
  const names = new Map<string, string>();
  for (const node of part.nodes) {
    if (!there.has(String(node.id))) continue;
    const id = freeIdAmong(taken, node.type ?? "default");
    taken.add(id);
    names.set(String(node.id), id);
  }
  return renameNodes({ name: "", graph: { ...part } }, names).definition.graph;
}

function moved(part: Part, definition: Definition, at?: Point): Part {
  const outermost = part.nodes.filter((node) => parentOf(node) === undefined);
  const places = outermost.flatMap((node) => node.position ?? []);
  if (places.length < outermost.length) return part;
  const corner = { x: Math.min(...places.map(({ x }) => x)), y: Math.min(...places.map(({ y }) => y)) };
  const shift = at ? { x: Math.round(at.x - corner.x), y: Math.round(at.y - corner.y) } : freeShift(places, definition);
  const nodes = part.nodes.map((node) => {
    if (!node.position || parentOf(node) !== undefined) return node;
    return { ...node, position: { ...node.position, x: node.position.x + shift.x, y: node.position.y + shift.y } };
  });
  return { ...part, nodes };
}

/** The least shift that puts nothing over a node that is there, or so near that it would be drawn further away. */
function freeShift(places: Point[], definition: Definition): Point {
  const cornerOf = cornersOf(nodesOf(definition));
  const there = [...idsOf(definition)].map((id) => cornerOf(id));
  const isFree = ({ x, y }: Point) =>
    !places.some((place) => there.some((each) => isNear(each, { x: place.x + x, y: place.y + y })));
  const shift = { x: 0, y: 0 };
  while (!isFree(shift)) {
    shift.x += STEP.x;
    shift.y += STEP.y;
  }
  return shift;
}

function isNode(node: unknown): node is DocumentNode {
  return isObject(node) && ["string", "number"].includes(typeof node.id) && String(node.id) !== "";
}

function isObject(value: unknown): value is Record<string, unknown> {
  return !!value && typeof value === "object" && !Array.isArray(value);
}
