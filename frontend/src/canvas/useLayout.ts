/** Where the nodes of a graph are drawn: where its document has them, or laid out. */

import { useEffect, useMemo, useRef, useState } from "react";
import type { GraphRead } from "../client/types.gen";
import type { Outline } from "../graph/layout";
import type { Point, Rect } from "../graph/size";
import { type KeptScale, keepScale, spread } from "../graph/spread";

/** Where nodes are drawn. */
export interface Layout {
  places: Record<string, Point>;
  /** What positions of the document are multiplied with; null: they are not used, because some are missing or too close. */
  scale: number | null;
}

/**
 * The layout, or null while it is being worked out.
 *
 * A graph that is edited keeps its scale, and `outlineOf` gives what is laid out, which is more than the graph.
 */
export function useLayout(graph: GraphRead | undefined, outlineOf?: () => Outline): Layout | null {
  const kept = useRef<KeptScale>(null);
  const isEdited = outlineOf !== undefined;
  const drawn = useMemo(() => {
    const positions = graph && positionsOf(graph);
    if (!positions) return null;
    const [scale, next] = keepScale(isEdited ? kept.current : null, positions);
    kept.current = next;
    return scale === null ? null : { places: spread(positions, scale), scale };
  }, [graph, isEdited]);
  const [laid, setLaid] = useState<{ graph: GraphRead; layout: Layout } | null>(null);
  const latest = useRef(outlineOf);
  latest.current = outlineOf;
  useEffect(() => {
    if (!graph || drawn) return;
    const wanted = latest.current?.() ?? { nodes: graph.nodes.map((node) => node.id), edges: graph.edges };
    return layOutInWorker(wanted, (places) => setLaid({ graph, layout: { places, scale: null } }));
  }, [graph, drawn]);
  // Places of another graph would put a new node into the corner.
  return drawn ?? (laid?.graph === graph ? (laid?.layout ?? null) : null);
}

/** The places of a document; null where a node has none. */
function positionsOf(graph: GraphRead): Record<string, Point> | null {
  const found: Record<string, Point> = {};
  for (const node of graph.nodes) {
    if (!node.position) return null;
    found[node.id] = node.position;
  }
  return found;
}

/** Lay out away from the page; the answer is dropped once the returned function was called. */
export function layOutInWorker(outline: Outline, onDone: (places: Record<string, Rect>) => void): () => void {
  const worker = new Worker(new URL("../graph/layout.worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<Record<string, Rect>>) => {
    onDone(data);
    worker.terminate();
  };
  worker.postMessage(outline);
  return () => worker.terminate();
}
