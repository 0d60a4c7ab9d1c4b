/** Where the nodes of a graph are drawn: where its document has them, or laid out. */

import { useEffect, useState } from "react";
import type { GraphRead } from "../client/types.gen";
import type { Outline } from "../graph/layout";
import type { Point } from "../graph/size";
import { spread } from "../graph/spread";

type Places = Record<string, Point>;

/** The places, or null while they are being worked out. */
export function useLayout(graph: GraphRead | undefined): Places | null {
  const [places, setPlaces] = useState<Places | null>(null);
  useEffect(() => {
    if (!graph) return;
    const drawn = drawnPlaces(graph);
    if (drawn) {
      setPlaces(drawn);
      return;
    }
    setPlaces(null);
    return layOutInWorker({ nodes: graph.nodes.map((node) => node.id), edges: graph.edges }, setPlaces);
  }, [graph]);
  return places;
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
