/** The canvas of the editor: what is dragged, drawn and deleted there becomes an edit of the document. */

import { type Connection, ReactFlowProvider, useEdgesState, useNodesState, useReactFlow } from "@xyflow/react";
import { useEffect, useMemo, useRef } from "react";
import type { NodeType } from "../api/nodeTypes";
import { Canvas } from "../canvas/Canvas";
import { focusedNode } from "../canvas/focusedNode";
import { useLayout } from "../canvas/useLayout";
import type { GraphRead } from "../client/types.gen";
import type { Way } from "../graph/document";
import { BOX, type Point } from "../graph/size";
import { type BoxNode, boxesOf, type LineEdge, linesOf } from "../graph/view";
import { withAllExits } from "./handles";

export interface Selection {
  nodes: string[];
  ways: Way[];
}

/** What is drawn over the boxes and lines, such as the state of a test. */
export interface Overlay {
  boxes: (boxes: BoxNode[]) => BoxNode[];
  lines: (lines: LineEdge[]) => LineEdge[];
}

interface EditorCanvasProps {
  graph: GraphRead;
  types: Map<string, NodeType>;
  /** Nodes with an error. */
  faulty: ReadonlySet<string>;
  onMove: (places: Record<string, Point>) => void;
  onConnect: (way: Way) => void;
  /** Called with all that is selected, also by a frame that is drawn around it. */
  onSelect: (selection: Selection) => void;
  /** Called with the node that the user opens; undefined: none. */
  onChoose: (id: string | undefined) => void;
  selected: string | undefined;
  /** True: boxes can be opened, and nothing can be moved or connected. */
  isFixed?: boolean;
  overlay?: Overlay;
}

export function EditorCanvas(props: EditorCanvasProps) {
  return (
    <ReactFlowProvider>
      <EditorFlow {...props} />
    </ReactFlowProvider>
  );
}

function EditorFlow(props: EditorCanvasProps) {
  const { graph, types, faulty, onMove, onConnect, onSelect, onChoose, selected, isFixed = false, overlay } = props;
  const places = useLayout(graph);
  const boxes = useMemo(() => (places ? drawn(graph, places, types, faulty) : null), [graph, places, types, faulty]);
  const [nodes, setNodes, onNodesChange] = useNodesState<BoxNode>([]);
  const [edges, setEdges, onEdgesChange] = useEdgesState<LineEdge>([]);
  useEffect(() => {
    if (!boxes) return;
    const lines = linesOf(graph);
    setNodes((old) => keepSelection(overlay?.boxes(boxes) ?? boxes, old, selected));
    setEdges((old) => keepEdges(overlay?.lines(lines) ?? lines, old));
  }, [boxes, graph, selected, overlay, setNodes, setEdges]);
  useShown(boxes, selected);
  useFit(overlay !== undefined);
  if (!boxes || nodes.length === 0) return null;
  return (
    <Canvas
      id="editor"
      aria-label="Graph of the workflow"
      nodes={nodes}
      edges={edges}
      onNodesChange={onNodesChange}
      onEdgesChange={onEdgesChange}
      edgesFocusable
      nodesDraggable={!isFixed}
      nodesConnectable={!isFixed}
      selectionOnDrag
      panOnDrag={[1, 2]}
      isValidConnection={(way) => way.source !== way.target}
      onConnect={(way: Connection) =>
        onConnect({ source: way.source, target: way.target, handle: way.sourceHandle ?? "" })
      }
      onNodeClick={(_, node) => onChoose(node.id)}
      onPaneClick={() => onChoose(undefined)}
      onKeyDown={(event) => event.key === "Enter" && onChoose(focusedNode() ?? selected)}
      onNodeDragStop={(_, __, moved) => onMove(Object.fromEntries(moved.map((node) => [node.id, node.position])))}
      onSelectionChange={({ nodes, edges }) =>
        onSelect({ nodes: nodes.map((node) => node.id), ways: edges.map(wayOf) })
      }
    />
  );
}

/** Move a node into sight that was chosen elsewhere, such as a new one. */
function useShown(boxes: BoxNode[] | null, selected: string | undefined): void {
  const flow = useReactFlow();
  const shown = useRef(selected);
  useEffect(() => {
    const box = boxes?.find((each) => each.id === selected);
    if (!box || shown.current === selected) return;
    shown.current = selected;
    const place = flow.flowToScreenPosition({ x: box.position.x + BOX.width / 2, y: box.position.y + BOX.height / 2 });
    const under = document.elementFromPoint(place.x, place.y);
    if (under?.closest(".editor-canvas")) return;
    const zoom = flow.getZoom();
    flow.setCenter(box.position.x + BOX.width / 2, box.position.y + BOX.height / 2, { zoom, duration: 200 });
  }, [boxes, selected, flow]);
}

/** Fit the graph again where the canvas gets another height, as while it is tested. */
function useFit(isLower: boolean): void {
  const flow = useReactFlow();
  const was = useRef(isLower);
  useEffect(() => {
    if (was.current === isLower) return;
    was.current = isLower;
    requestAnimationFrame(() => flow.fitView({ maxZoom: 1.1, padding: 0.12 }));
  }, [isLower, flow]);
}

function wayOf(edge: LineEdge): Way {
  return { source: edge.source, target: edge.target, handle: edge.sourceHandle ?? "" };
}

function drawn(
  graph: GraphRead,
  places: Record<string, Point>,
  types: Map<string, NodeType>,
  faulty: ReadonlySet<string>,
) {
  const choosing = new Set([...types.values()].filter((type) => type.chooses).map((type) => type.type));
  const boxes = withAllExits(boxesOf(graph, places, types), graph, choosing);
  return boxes.map((box) => (faulty.has(box.id) ? { ...box, className: "faulty" } : box));
}

function keepSelection(boxes: BoxNode[], old: BoxNode[], selected: string | undefined): BoxNode[] {
  const before = old.filter((node) => node.selected).map((node) => node.id);
  // A node that was chosen elsewhere takes the place of all that were.
  const chosen = new Set(selected === undefined || before.includes(selected) ? before : [selected]);
  return boxes.map((box) => (chosen.has(box.id) ? { ...box, selected: true } : box));
}

function keepEdges(edges: LineEdge[], old: LineEdge[]): LineEdge[] {
  const chosen = new Set(old.filter((edge) => edge.selected).map((edge) => JSON.stringify(wayOf(edge))));
  return edges.map((edge) => (chosen.has(JSON.stringify(wayOf(edge))) ? { ...edge, selected: true } : edge));
}
