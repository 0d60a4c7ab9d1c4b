/** The canvas of the editor: what is dragged, drawn and deleted there becomes an edit of the document. */

import { ReactFlowProvider, useEdgesState, useNodesState, useReactFlow } from "@xyflow/react";
import { type RefObject, useEffect, useMemo, useRef } from "react";
import type { NodeType } from "../api/nodeTypes";
import { Canvas } from "../canvas/Canvas";
import { focusedNode } from "../canvas/focusedNode";
import { useLayout } from "../canvas/useLayout";
import type { GraphRead } from "../client/types.gen";
import type { Way } from "../graph/document";
import { inRunOrder } from "../graph/order";
import type { Point } from "../graph/size";
import { type BoxNode, type LineEdge, linesOf } from "../graph/view";
import { EdgePlus, middleOf, useHoveredEdge } from "./EdgePlus";
import { FindBar } from "./FindBar";
import { drawn, editable, isPossible, keepEdges, keepSelection, selectedIn, wayOf } from "./flowView";
import { useFinding } from "./useFinding";
import type { Wish } from "./useGraphEdits";
import { useFit, useShown } from "./useSight";

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
  onReconnect: (old: Way, now: Way) => void;
  /** Called where a new node is wished: at the end of a line that was drawn to an empty place, or within an edge. */
  onWish: (wish: Wish) => void;
  /** Called with all that is selected, also by a frame that is drawn around it. */
  onSelect: (selection: Selection) => void;
  /** Called with the node that the user opens; undefined: none. */
  onChoose: (id: string | undefined) => void;
  selected: string | undefined;
  /** Nodes to select as soon as they are drawn, such as pasted ones. */
  picked: string[] | undefined;
  /** Gets a function that finds the place under the pointer. */
  pointer: RefObject<() => Point | undefined>;
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
  const {
    graph,
    types,
    faulty,
    onMove,
    onConnect,
    onReconnect,
    onWish,
    onSelect,
    onChoose,
    selected,
    picked,
    pointer,
    isFixed = false,
    overlay,
  } = props;
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
  useShown(boxes, selected);
  useShown(boxes, picked?.[0]);
  useFit(overlay !== undefined);
  const flow = useReactFlow();
  const under = useRef<Point>(undefined);
  pointer.current = () => under.current && flow.screenToFlowPosition(under.current);
  const finding = useFinding(nodes, onChoose);
  const hovered = useHoveredEdge();
  const shownEdges = useMemo(() => (isFixed ? edges : edges.map(editable)), [edges, isFixed]);
  if (!boxes || nodes.length === 0) return null;
  // React Flow has moved them; it becomes an edit when the key is released.
  const moveByKeys = () => {
    const before = new Map(boxes.map((box) => [box.id, box.position]));
    const moved = nodes.filter(
      ({ id, position }) => position.x !== before.get(id)?.x || position.y !== before.get(id)?.y,
    );
    if (moved.length) onMove(Object.fromEntries(moved.map((node) => [node.id, node.position])));
  };
  const edge = isFixed ? undefined : edges.find((edge) => edge.id === hovered.id);
  const middle = edge ? middleOf(edge, nodes) : null;
  return (
    <Canvas
      id="editor"
      aria-label="Graph of the workflow"
      nodes={nodes}
      edges={shownEdges}
      onNodesChange={onNodesChange}
      onEdgesChange={onEdgesChange}
      edgesFocusable
      nodesDraggable={!isFixed}
      nodesConnectable={!isFixed}
      selectionOnDrag
      panOnDrag={[1, 2]}
      isValidConnection={(way) => isPossible(wayOf(way), graph)}
      onConnect={(way) => onConnect(wayOf(way))}
      onReconnect={(old, now) => onReconnect(wayOf(old), wayOf(now))}
      onConnectEnd={(event, { fromHandle, toNode }) => {
        if (isFixed || toNode || fromHandle?.type !== "source") return;
        const point = "changedTouches" in event ? event.changedTouches[0] : event;
        if (!point) return;
        const menu = { x: point.clientX, y: point.clientY };
        const from = { source: fromHandle.nodeId, handle: fromHandle.id ?? "" };
        onWish({ menu, place: flow.screenToFlowPosition(menu), from });
      }}
      onMouseMove={({ clientX, clientY }) => {
        under.current = { x: clientX, y: clientY };
      }}
      onMouseLeave={() => {
        under.current = undefined;
      }}
      onEdgeMouseEnter={(_, edge) => hovered.keep(edge.id)}
      onEdgeMouseLeave={hovered.leave}
      onNodeClick={(event, node) => event.ctrlKey || event.metaKey || onChoose(node.id)}
      onPaneClick={() => onChoose(undefined)}
      onKeyDown={(event) => event.key === "Enter" && onChoose(focusedNode() ?? selected)}
      onKeyUp={(event) => !isFixed && event.key.startsWith("Arrow") && moveByKeys()}
      onNodeDragStop={(_, __, moved) => onMove(Object.fromEntries(moved.map((node) => [node.id, node.position])))}
      onSelectionChange={({ nodes, edges }) =>
        onSelect({ nodes: nodes.map((node) => node.id), ways: edges.map(wayOf) })
      }
    >
      {finding.isOpen && (
        <FindBar
          nodes={inRunOrder(graph)}
          types={types}
          selected={selected}
          onShow={finding.show}
          onClose={finding.close}
        />
      )}
      {edge && middle && (
        <EdgePlus
          edge={edge}
          at={middle}
          onEnter={() => hovered.keep(edge.id)}
          onLeave={hovered.leave}
          onClick={({ clientX, clientY }) =>
            onWish({ menu: { x: clientX, y: clientY }, place: middle, within: wayOf(edge) })
          }
        />
      )}
    </Canvas>
  );
}
