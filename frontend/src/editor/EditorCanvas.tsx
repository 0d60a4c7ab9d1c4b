/** The canvas of the editor: what is dragged, drawn and deleted there becomes an edit of the document. */

import { type Connection, ReactFlowProvider, useEdgesState, useNodesState, useReactFlow } from "@xyflow/react";
import { useEffect, useMemo } from "react";
import type { NodeType } from "../api/nodeTypes";
import { Canvas } from "../canvas/Canvas";
import { focusedNode } from "../canvas/focusedNode";
import { useLayout } from "../canvas/useLayout";
import type { GraphRead } from "../client/types.gen";
import type { Way } from "../graph/document";
import type { Point } from "../graph/size";
import { type BoxNode, boxesOf, type LineEdge, linesOf } from "../graph/view";
import { EdgePlus, middleOf, useHoveredEdge } from "./EdgePlus";
import { withAllExits } from "./handles";
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
    isFixed = false,
    overlay,
  } = props;
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
  const flow = useReactFlow();
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
  const under = isFixed ? undefined : edges.find((edge) => edge.id === hovered.id);
  const middle = under ? middleOf(under, nodes) : null;
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
      onEdgeMouseEnter={(_, edge) => hovered.keep(edge.id)}
      onEdgeMouseLeave={hovered.leave}
      onNodeClick={(_, node) => onChoose(node.id)}
      onPaneClick={() => onChoose(undefined)}
      onKeyDown={(event) => event.key === "Enter" && onChoose(focusedNode() ?? selected)}
      onKeyUp={(event) => !isFixed && event.key.startsWith("Arrow") && moveByKeys()}
      onNodeDragStop={(_, __, moved) => onMove(Object.fromEntries(moved.map((node) => [node.id, node.position])))}
      onSelectionChange={({ nodes, edges }) =>
        onSelect({ nodes: nodes.map((node) => node.id), ways: edges.map(wayOf) })
      }
    >
      {under && middle && (
        <EdgePlus
          edge={under}
          at={middle}
          onEnter={() => hovered.keep(under.id)}
          onLeave={hovered.leave}
          onClick={({ clientX, clientY }) =>
            onWish({ menu: { x: clientX, y: clientY }, place: middle, within: wayOf(under) })
          }
        />
      )}
    </Canvas>
  );
}

/** Edges of a graph that can be edited are easy to hit; the ends of the chosen one can be moved. */
function editable(edge: LineEdge): LineEdge {
  return { ...edge, interactionWidth: 16, reconnectable: edge.selected ?? false };
}

/** False for a way from a node to itself, and for one that is there already. */
function isPossible(way: Way, graph: GraphRead): boolean {
  const isSame = (edge: GraphRead["edges"][number]) =>
    edge.source === way.source && edge.target === way.target && (edge.handle ?? "") === way.handle;
  return way.source !== way.target && !graph.edges.some(isSame);
}

function wayOf({
  source,
  target,
  sourceHandle,
}: Pick<Connection | LineEdge, "source" | "target" | "sourceHandle">): Way {
  return { source, target, handle: sourceHandle ?? "" };
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
