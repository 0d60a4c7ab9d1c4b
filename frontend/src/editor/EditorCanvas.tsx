/** The canvas of the editor: what is dragged, drawn and deleted there becomes an edit of the document. */

import { ReactFlowProvider, useReactFlow } from "@xyflow/react";
import { type RefObject, useMemo, useRef } from "react";
import { Canvas } from "../canvas/Canvas";
import { focusedNode } from "../canvas/focusedNode";
import type { Way } from "../graph/document";
import { findable } from "../graph/drawings";
import { inRunOrder } from "../graph/order";
import type { Point } from "../graph/size";
import { FindBar } from "./FindBar";
import { NODE_TYPES } from "./Frame";
import { editable, isPossible, wayOf } from "./flowView";
import { useDrawn, type Wanted } from "./useDrawn";
import { useFinding } from "./useFinding";
import type { Wish } from "./useGraphEdits";
import { useFit, useShown } from "./useSight";
import { useWishes } from "./useWishes";
import "./frame.css";

export interface Selection {
  nodes: string[];
  ways: Way[];
}

interface EditorCanvasProps extends Wanted {
  onMove: (places: Record<string, Point>) => void;
  onConnect: (way: Way) => void;
  onReconnect: (old: Way, now: Way) => void;
  /** Called where a new node is wished: at the end of a line that was drawn to an empty place, or within an edge. */
  onWish: (wish: Wish) => void;
  /** Called with all that is selected, also by a frame that is drawn around it. */
  onSelect: (selection: Selection) => void;
  /** Called with the node that the user opens; undefined: none. */
  onChoose: (id: string | undefined) => void;
  /** Gets a function that finds the place under the pointer. */
  pointer: RefObject<() => Point | undefined>;
  /** True: boxes can be opened, and nothing can be moved or connected. */
  isFixed?: boolean;
}

export function EditorCanvas(props: EditorCanvasProps) {
  return (
    <ReactFlowProvider>
      <EditorFlow {...props} />
    </ReactFlowProvider>
  );
}

function EditorFlow(props: EditorCanvasProps) {
  const { graph, definition, types, selected, picked, overlay, pointer, isFixed = false } = props;
  const { onMove, onConnect, onReconnect, onWish, onSelect, onChoose } = props;
  const { boxes, nodes, edges, onNodesChange, onEdgesChange, placesOf, placeAt } = useDrawn(props);
  useShown(boxes, selected);
  useShown(boxes, picked?.[0]);
  useFit(overlay !== undefined);
  const flow = useReactFlow();
  const under = useRef<Point>(undefined);
  pointer.current = () => under.current && placeAt(flow.screenToFlowPosition(under.current));
  const finding = useFinding(nodes, onChoose);
  const wishes = useWishes(nodes, edges, (wish) => onWish({ ...wish, place: placeAt(wish.place) }));
  const shownEdges = useMemo(() => (isFixed ? edges : edges.map(editable)), [edges, isFixed]);
  if (!boxes || nodes.length === 0) return null;
  // React Flow has moved them; it becomes an edit when the key is released.
  const moveByKeys = () => {
    const before = new Map(boxes.map((box) => [box.id, box.position]));
    const moved = nodes.filter(
      ({ id, selected, position: { x, y } }) => selected && (x !== before.get(id)?.x || y !== before.get(id)?.y),
    );
    if (moved.length) onMove(placesOf(moved));
  };
  return (
    <Canvas
      id="editor"
      nodeTypes={NODE_TYPES}
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
      {...(!isFixed && wishes.handlers)}
      onMouseMove={({ clientX, clientY }) => {
        under.current = { x: clientX, y: clientY };
      }}
      onMouseLeave={() => {
        under.current = undefined;
      }}
      onNodeClick={(event, node) => event.ctrlKey || event.metaKey || onChoose(node.id)}
      onPaneClick={() => onChoose(undefined)}
      onKeyDown={({ key, target }) => {
        if (key === "Enter" && !wishes.wishAt(target as Element)) onChoose(focusedNode() ?? selected);
      }}
      onKeyUp={(event) => !isFixed && event.key.startsWith("Arrow") && moveByKeys()}
      onNodeDragStop={(_, __, moved) => onMove(placesOf(moved))}
      onSelectionChange={({ nodes, edges }) =>
        onSelect({ nodes: nodes.map((node) => node.id), ways: edges.map(wayOf) })
      }
    >
      {finding.isOpen && (
        <FindBar
          nodes={[...inRunOrder(graph), ...findable(definition)]}
          types={types}
          selected={selected}
          onShow={finding.show}
          onClose={finding.close}
        />
      )}
      {!isFixed && wishes.pluses}
    </Canvas>
  );
}
