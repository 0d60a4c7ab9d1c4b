/** A document as a graph where the server compiles none: so that what is wrong with it can be seen and mended. */

import type { GraphRead } from "../client/types.gen";
import { type Definition, type DocumentNode, edgesOf, nodesOf } from "./document";
import { isDrawing } from "./drawings";

type Drawn = GraphRead["nodes"][number];
type Edge = GraphRead["edges"][number];

/** The graph as it is drawn; what `last`, an earlier answer of the server, says about a node counts still. */
export function sketchOf(definition: Definition, last: GraphRead | null): GraphRead {
  const known = new Map(last?.nodes.map((node) => [node.id, node]));
  const all = nodesOf(definition).map((node, index) => ({ node, drawn: drawnNode(node, index, known) }));
  const nodes = new Map(all.filter(({ node }) => !isDrawing(node)).map(({ drawn }) => [drawn.id, drawn]));
  const written = edgesOf(definition).map(drawnEdge);
  const edges = [...written, ...impliedEdges(definition, written)];
  const isThere = (edge: Edge) => nodes.has(edge.source) && nodes.has(edge.target);
  return { nodes: [...nodes.values()], edges: edges.filter(isThere), entries: last?.entries ?? [] };
}

function drawnNode(node: DocumentNode, index: number, known: ReadonlyMap<string, Drawn>): Drawn {
  const id = String(node.id);
  const data = node.data ?? {};
  const before = known.get(id);
  const title = [data.label, data.title, data.name].find((each) => typeof each === "string" && each.trim());
  const handles = [...new Set([...casesOf(node).flatMap(({ label }) => label ?? []), "error"])];
  const { x, y } = node.position ?? {};
  return {
    id,
    type: node.type ?? "default",
    title: typeof title === "string" ? title.trim() : id,
    data,
    handles: before && before.type === node.type ? before.handles : handles,
    position: typeof x === "number" && typeof y === "number" ? { x, y } : (before?.position ?? null),
    pointer: `/graph/nodes/${index}/data`,
    runs: before?.runs ?? true,
  };
}

/** An edge as it is drawn. */
export function drawnEdge(edge: ReturnType<typeof edgesOf>[number]): Edge {
  const [source, target] = [String(edge.source), String(edge.target)];
  return { source, target, handle: edge.sourceHandle || null, implied: false };
}

function impliedEdges(definition: Definition, drawn: Edge[]): Edge[] {
  return nodesOf(definition).flatMap((node) =>
    casesOf(node).flatMap(({ label, next }) => {
      const isDrawn = drawn.some((edge) => edge.source === node.id && edge.target === next);
      return next === null || isDrawn ? [] : [{ source: node.id, target: next, handle: label, implied: true }];
    }),
  );
}

function casesOf(node: DocumentNode): { label: string | null; next: string | null }[] {
  const cases: unknown = node.data?.cases;
  if (!Array.isArray(cases)) return [];
  return cases
    .filter((each) => !!each && typeof each === "object")
    .map((each) => ({ label: textIn(each.label) ?? (each.else ? "else" : null), next: textIn(each.next) }));
}

function textIn(value: unknown): string | null {
  return typeof value === "string" && value ? value : null;
}
