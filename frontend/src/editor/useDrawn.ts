/** The boxes and lines of the editor's canvas; what is selected stays so where the graph changes. */

import { type NodeChange, useEdgesState, useNodesState } from "@xyflow/react";
import { useEffect, useMemo, useRef } from "react";
import type { NodeType } from "../api/nodeTypes";
import { useLayout } from "../canvas/useLayout";
import type { GraphRead } from "../client/types.gen";
import { type Definition, nodesOf } from "../graph/document";
import { drawingsOf } from "../graph/drawings";
import { outersOf } from "../graph/nesting";
import type { Point } from "../graph/size";
import { outlineOf } from "../graph/tidy";
import { type BoxNode, frameAt, type LineEdge, linesOf } from "../graph/view";
import { drawn, keepEdges, keepSelection, selectedIn } from "./flowView";
import { documentPlaces, withInner } from "./frames";

/** What is drawn over the boxes and lines, such as the state of a test. */
export interface Overlay {
  boxes: (boxes: BoxNode[]) => BoxNode[];
  lines: (lines: LineEdge[]) => LineEdge[];
}

export interface Wanted {
  graph: GraphRead;
  /** Has the groups and the notes, which the graph has not. */
  definition: Definition;
  types: Map<string, NodeType>;
  /** Nodes with an error. */
  faulty: ReadonlySet<string>;
  selected: string | undefined;
  /** Nodes to select as soon as they are drawn, such as pasted ones. */
  picked: string[] | undefined;
  overlay?: Overlay;
}

export function useDrawn({ graph, definition, types, faulty, selected, picked, overlay }: Wanted) {
  const latest = useRef(definition);
  latest.current = definition;
  const layout = useLayout(graph, () => outlineOf(latest.current, graph));
  // Drawn again with the graph only: it follows an edit a moment later, and both have to be of one definition.
  const shown = useMemo(() => {
    if (!layout) return null;
    const of = latest.current;
    const frames = drawingsOf(of, layout.places, layout.scale).map(frameAt);
    return { of, boxes: [...drawn(graph, layout.places, types, faulty), ...frames] };
  }, [graph, layout, types, faulty]);
  const boxes = shown?.boxes ?? null;
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
  const outersFor = useMemo(() => outersOf(nodesOf(definition)), [definition]);
  return {
    boxes,
    nodes,
    edges,
    onNodesChange: (changes: NodeChange<BoxNode>[]) => onNodesChange(withInner(changes, nodes, outersFor)),
    onEdgesChange,
    /** Where these nodes are in the document. */
    placesOf: (moved: BoxNode[]) => (layout && shown ? documentPlaces(moved, nodes, shown, layout.scale) : {}),
    /** A place on the canvas as the document has it. */
    placeAt: ({ x, y }: Point): Point => {
      const scale = layout?.scale ?? 1;
      return { x: Math.round(x / scale), y: Math.round(y / scale) };
    },
  };
}
