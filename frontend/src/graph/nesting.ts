/** Nodes that are drawn in other nodes: their places are saved from the corners of these. */

import type { DocumentNode } from "./document";
import type { Point } from "./size";

/** The id of the node that a node is drawn in. */
export function parentOf(node: DocumentNode): string | undefined {
  const parent = node.parentId ?? node.parentNode;
  return parent === undefined || parent === null ? undefined : String(parent);
}

/** The place of a node on the canvas, by its id; those in `places` are known already. */
export function cornersOf(nodes: DocumentNode[], places: Record<string, Point> = {}) {
  const known = new Map(nodes.map((node) => [String(node.id), node]));
  const cornerOf = (id: string | undefined, depth = 0): Point => {
    const node = id === undefined ? undefined : known.get(id);
    if (!node || depth > known.size) return { x: 0, y: 0 };
    if (places[node.id]) return places[node.id] as Point;
    const outer = cornerOf(parentOf(node), depth + 1);
    return { x: outer.x + (node.position?.x ?? 0), y: outer.y + (node.position?.y ?? 0) };
  };
  return cornerOf;
}

/** The ids of the nodes that a node is drawn in, innermost first. */
export function outersOf(nodes: DocumentNode[]): (id: string) => string[] {
  const parents = new Map(nodes.map((node) => [String(node.id), parentOf(node)]));
  return (id) => {
    const found: string[] = [];
    for (let outer = parents.get(id); outer !== undefined && !found.includes(outer); outer = parents.get(outer)) {
      if (parents.has(outer)) found.push(outer);
    }
    return found;
  };
}

/** The nodes of these ids. One whose outer node is left behind stays where it is on the canvas, in the next outer one. */
export function takeNodes(nodes: DocumentNode[], ids: ReadonlySet<string>): DocumentNode[] {
  const cornerOf = cornersOf(nodes);
  const outersFor = outersOf(nodes);
  return nodes
    .filter((node) => ids.has(String(node.id)))
    .map((node) => {
      const [now, ...further] = outersFor(String(node.id));
      if (now === undefined || ids.has(now)) return node;
      const next = further.find((id) => ids.has(id));
      const [place, from] = [cornerOf(String(node.id)), cornerOf(next)];
      const { parentId: _, parentNode: __, extent: ___, expandParent: ____, ...free } = node;
      const position = { ...node.position, x: place.x - from.x, y: place.y - from.y };
      return { ...free, position, ...(next === undefined ? {} : { parentId: next }) } as DocumentNode;
    });
}
