/** The exits that edges can be drawn from: the plain one, those of cases, and `error`. */

import type { GraphRead } from "../client/types.gen";
import { type BoxNode, boxAt } from "../graph/view";

type Drawn = GraphRead["nodes"][number];

/** All exits of a node; those that edges use already are among them, whatever its type says. */
export function exitsOf(node: Drawn, chooses: boolean, used: Iterable<string>): string[] {
  const named = node.handles.filter((handle) => handle !== "error");
  const plain = chooses && named.length ? [] : [""];
  return [...new Set([...plain, ...named, ...used, "error"])];
}

/** The boxes with every exit of their nodes, so that edges can be drawn from them. */
export function withAllExits(boxes: BoxNode[], graph: GraphRead, choosing: ReadonlySet<string>): BoxNode[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  return boxes.map((box) => {
    const node = nodes.get(box.id);
    if (!node) return box;
    const handles = exitsOf(node, choosing.has(node.type), box.data.handles);
    return boxAt(box.id, box.position, { ...box.data, handles });
  });
}
