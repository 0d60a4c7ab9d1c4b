/** Where the nodes of a graph are drawn: where its document has them, or laid out. */

import { useEffect, useMemo, useRef, useState } from "react";
import type { GraphRead } from "../client/types.gen";
import type { Outline } from "../graph/layout";
import type { Point, Rect } from "../graph/size";
import { spread, spreadFactor } from "../graph/spread";

/** Where nodes are drawn. */
export interface Layout {
  places: Record<string, Point>;
  /** What positions of the document are multiplied with; null: they are not used, because some are missing or too close. */
  scale: number | null;
}

/**
 * The layout, or null while it is being worked out.
 *
 * A graph that is edited has an `outlineOf`, which gives all that is laid out; its scale stays as it is, so that
 * a node that is put near another one moves no other.
 */
export function useLayout(graph: GraphRead | undefined, outlineOf?: () => Outline): Layout | null {
  const scale = useRef<number>(undefined);
  const drawn = useMemo(() => (graph ? drawnPlaces(graph, scale.current) : null), [graph]);
  if (outlineOf && drawn?.scale) scale.current = drawn.scale;
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

function drawnPlaces(graph: GraphRead, kept: number | undefined): Layout | null {
  const found: Record<string, Point> = {};
  for (const node of graph.nodes) {
    if (!node.position) return null;
    found[node.id] = node.position;
  }
  const scale = kept ?? spreadFactor(found);
  return scale === null ? null : { places: spread(found, scale), scale };
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
