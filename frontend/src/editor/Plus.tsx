/** A + on the canvas, which asks for a new node: in the middle of an edge, or at an exit. */

import { ViewportPortal } from "@xyflow/react";
import { Plus as PlusIcon } from "lucide-react";
import { useRef, useState } from "react";
import { BOX, GAP, type Point } from "../graph/size";
import { type BoxNode, exitHeight, type LineEdge } from "../graph/view";

/** Milliseconds for which it stays while the pointer goes to it. */
const STAYS = 500;

/** Between an exit and the middle of its +: the exit stays free, so that lines can be drawn from it. */
const BESIDE = 24;

/** What is under the pointer, or was until just now. */
export function useHovered<Value>() {
  const [value, setValue] = useState<Value | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const keep = (next: Value) => {
    clearTimeout(timer.current);
    setValue(next);
  };
  const leave = () => {
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setValue(null), STAYS);
  };
  return { value, keep, leave };
}

interface PlusProps {
  at: Point;
  label: string;
  onEnter: () => void;
  onLeave: () => void;
  /** Called with where in the window it was pressed. */
  onClick: (at: Point) => void;
}

export function Plus({ at, label, onEnter, onLeave, onClick }: PlusProps) {
  return (
    <ViewportPortal>
      <button
        type="button"
        className="plus nodrag nopan"
        style={{ transform: `translate(-50%, -50%) translate(${at.x}px, ${at.y}px)` }}
        aria-label={label}
        title={label}
        tabIndex={-1}
        onMouseEnter={onEnter}
        onMouseLeave={onLeave}
        onClick={({ clientX, clientY }) => onClick({ x: clientX, y: clientY })}
      >
        <PlusIcon size={13} aria-hidden />
      </button>
    </ViewportPortal>
  );
}

/** An exit of a node; "" is the plain one. */
export interface Exit {
  source: string;
  handle: string;
}

/** The exit that an element of the canvas draws; null: it draws none, or nothing can be drawn from it. */
export function exitOf(element: EventTarget): Exit | null {
  const found = (element as Element).closest<HTMLElement>(".react-flow__handle.source.connectable");
  const { nodeid, handleid } = found?.dataset ?? {};
  return nodeid === undefined ? null : { source: nodeid, handle: handleid ?? "" };
}

/** Where the + of an exit is, and the middle of a new node behind it. */
export function besideExit({ source, handle }: Exit, nodes: BoxNode[]): { plus: Point; node: Point } | null {
  const box = nodes.find((node) => node.id === source);
  const index = box?.data.handles.indexOf(handle) ?? -1;
  if (!box || index < 0) return null;
  const { x, y } = box.position;
  return {
    plus: { x: x + BOX.width + BESIDE, y: y + exitHeight(index, box.data.handles.length) },
    node: { x: x + BOX.width * 1.5 + GAP.x, y: y + BOX.height / 2 },
  };
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
