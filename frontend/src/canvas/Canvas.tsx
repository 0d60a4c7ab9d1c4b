/** React Flow with the settings of this house. */

import { useMantineColorScheme } from "@mantine/core";
import {
  Background,
  BackgroundVariant,
  Controls,
  MiniMap,
  ReactFlow,
  type ReactFlowProps,
  useStore,
} from "@xyflow/react";
import type { BoxNode, LineEdge } from "../graph/view";
import { lookOf } from "../status";
import { Box } from "./Box";
import { Line } from "./Line";
import "@xyflow/react/dist/style.css";
import "./canvas.css";

const NODE_TYPES = { box: Box };
const EDGE_TYPES = { line: Line };
/** From so many nodes on there is a mini map, and only boxes in sight are drawn. */
const MANY = { map: 40, visibleOnly: 300 };

export type CanvasProps = ReactFlowProps<BoxNode, LineEdge> & { nodes: BoxNode[] };

export function Canvas({ children, ...props }: CanvasProps) {
  const { colorScheme } = useMantineColorScheme();
  const count = props.nodes.length;
  return (
    <ReactFlow<BoxNode, LineEdge>
      nodeTypes={NODE_TYPES}
      edgeTypes={EDGE_TYPES}
      colorMode={colorScheme === "auto" ? "system" : colorScheme}
      fitView
      fitViewOptions={{ maxZoom: 1.1, padding: 0.12 }}
      minZoom={0.05}
      maxZoom={2}
      panOnScroll
      zoomOnDoubleClick={false}
      deleteKeyCode={null}
      edgesFocusable={false}
      onlyRenderVisibleElements={count > MANY.visibleOnly}
      {...props}
    >
      <Background variant={BackgroundVariant.Dots} gap={22} size={1.4} />
      <Controls showInteractive={false} position="bottom-left" />
      {count >= MANY.map && <MiniMap pannable zoomable nodeColor={colourOf} ariaLabel="Small map of the graph" />}
      <Detail />
      {children}
    </ReactFlow>
  );
}

function colourOf(node: BoxNode): string {
  if (node.type !== "box") return "transparent";
  return node.data.run ? lookOf(node.data.run.status).colour : "var(--edge)";
}

/** Marks the canvas with how far away it is, by which style sheets leave out what could not be read. */
function Detail() {
  const detail = useStore(({ transform }) => (transform[2] < 0.25 ? "far" : transform[2] < 0.5 ? "middle" : "near"));
  return <div hidden data-detail={detail} />;
}
