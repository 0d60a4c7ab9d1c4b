/** A + in the middle of the edge under the pointer, which puts a new node there. */

import { ViewportPortal } from "@xyflow/react";
import { Plus } from "lucide-react";
import { type MouseEvent, useRef, useState } from "react";
import type { Point } from "../graph/size";
import { type BoxNode, exitHeight, type LineEdge } from "../graph/view";

/** Milliseconds for which it stays while the pointer goes from the edge to it. */
const STAYS = 500;

/** The edge under the pointer, or the one that the pointer has just left. */
export function useHoveredEdge() {
  const [id, setId] = useState<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const keep = (next: string) => {
    clearTimeout(timer.current);
    setId(next);
  };
  const leave = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setId(null), STAYS);
  };
  return { id, keep, leave };
}

interface EdgePlusProps {
  edge: LineEdge;
  at: Point;
  onEnter: () => void;
  onLeave: () => void;
  onClick: (event: MouseEvent) => void;
}

export function EdgePlus({ edge, at, onEnter, onLeave, onClick }: EdgePlusProps) {
  return (
    <ViewportPortal>
      <button
        type="button"
        className="edge-plus nodrag nopan"
        style={{ transform: `translate(-50%, -50%) translate(${at.x}px, ${at.y}px)` }}
        aria-label={`Insert a node between ${edge.source} and ${edge.target}`}
        title="Insert a node"
        tabIndex={-1}
        onMouseEnter={onEnter}
        onMouseLeave={onLeave}
        onClick={onClick}
      >
        <Plus size={13} aria-hidden />
      </button>
    </ViewportPortal>
  );
}

/** The middle of an edge. */
export function middleOf(edge: LineEdge, nodes: BoxNode[]): Point | null {
  const source = nodes.find((node) => node.id === edge.source);
  const target = nodes.find((node) => node.id === edge.target);
  if (!source || !target) return null;
  const { handles } = source.data;
  const height = exitHeight(Math.max(handles.indexOf(edge.sourceHandle ?? ""), 0), handles.length);
  return {
    x: (source.position.x + (source.width ?? 0) + target.position.x) / 2,
    y: (source.position.y + height + target.position.y + (target.height ?? 0) / 2) / 2,
  };
}
