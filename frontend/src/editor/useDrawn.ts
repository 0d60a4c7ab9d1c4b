/** The boxes and lines of the editor's canvas; what is selected stays so where the graph changes. */

import { useEdgesState, useNodesState } from "@xyflow/react";
import { useEffect, useMemo, useRef } from "react";
import type { NodeType } from "../api/nodeTypes";
import { useLayout } from "../canvas/useLayout";
import type { GraphRead } from "../client/types.gen";
import { type BoxNode, type LineEdge, linesOf } from "../graph/view";
import { drawn, keepEdges, keepSelection, selectedIn } from "./flowView";

/** What is drawn over the boxes and lines, such as the state of a test. */
export interface Overlay {
  boxes: (boxes: BoxNode[]) => BoxNode[];
  lines: (lines: LineEdge[]) => LineEdge[];
}

export interface Wanted {
  graph: GraphRead;
  types: Map<string, NodeType>;
  /** Nodes with an error. */
  faulty: ReadonlySet<string>;
  selected: string | undefined;
  /** Nodes to select as soon as they are drawn, such as pasted ones. */
  picked: string[] | undefined;
  overlay?: Overlay;
}

export function useDrawn({ graph, types, faulty, selected, picked, overlay }: Wanted) {
  const places = useLayout(graph);
  const boxes = useMemo(() => (places ? drawn(graph, places, types, faulty) : null), [graph, places, types, faulty]);
  const [nodes, setNodes, onNodesChange] = useNodesState<BoxNode>([]);
  const [edges, setEdges, onEdgesChange] = useEdgesState<LineEdge>([]);
  const lastPicked = useRef(picked);
  useEffect(() => {
    if (!boxes) return;
    const lines = linesOf(graph);
    const isDrawn = picked?.every((id) => boxes.some((box) => box.id === id));
    const fresh = isDrawn && picked !== lastPicked.current ? picked : undefined;
    if (fresh) lastPicked.current = fresh;
    setNodes((old) => keepSelection(overlay?.boxes(boxes) ?? boxes, fresh ?? selectedIn(old), selected));
    setEdges((old) => keepEdges(overlay?.lines(lines) ?? lines, old));
  }, [boxes, graph, selected, picked, overlay, setNodes, setEdges]);
  return { boxes, nodes, edges, onNodesChange, onEdgesChange };
}
