/** Where the nodes of a graph are drawn: where its document has them, or laid out. */

import { useEffect, useMemo, useState } from "react";
import type { GraphRead } from "../client/types.gen";
import type { Outline } from "../graph/layout";
import type { Point } from "../graph/size";
import { spread } from "../graph/spread";

type Places = Record<string, Point>;

/** The places, or null while they are being worked out. */
export function useLayout(graph: GraphRead | undefined): Places | null {
  const drawn = useMemo(() => (graph ? drawnPlaces(graph) : null), [graph]);
  const [laid, setLaid] = useState<{ graph: GraphRead; places: Places } | null>(null);
  useEffect(() => {
    if (!graph || drawn) return;
    const nodes = graph.nodes.map((node) => node.id);
    return layOutInWorker({ nodes, edges: graph.edges }, (places) => setLaid({ graph, places }));
  }, [graph, drawn]);
  // Places of another graph would put a new node into the corner.
  return drawn ?? (laid?.graph === graph ? (laid?.places ?? null) : null);
}

function drawnPlaces(graph: GraphRead): Places | null {
  const found: Places = {};
  for (const node of graph.nodes) {
    if (!node.position) return null;
    found[node.id] = node.position;
  }
  return spread(found);
}

/** Lay out away from the page; the answer is dropped once the returned function was called. */
export function layOutInWorker(outline: Outline, onDone: (places: Places) => void): () => void {
  const worker = new Worker(new URL("../graph/layout.worker.ts", import.meta.url), { type: "module" });
  worker.onmessage = ({ data }: MessageEvent<Places>) => {
    onDone(data);
    worker.terminate();
  };
  worker.postMessage(outline);
  return () => worker.terminate();
}
