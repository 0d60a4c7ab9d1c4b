/** The frame of the inspector, whose width is dragged, or changed by the arrow keys. */

import type { CSSProperties, KeyboardEvent, PointerEvent, ReactNode } from "react";
import { useKept } from "./useKept";

/** Pixels. */
const WIDTH = { least: 320, most: 720, usual: 380, step: 20 };

interface InspectorFrameProps {
  /** True: it covers a part of the canvas. */
  isOver: boolean;
  children: ReactNode;
}

export function InspectorFrame({ isOver, children }: InspectorFrameProps) {
  const [width, setWidth] = useKept("inspector", WIDTH.usual);
  const set = (next: number) => setWidth(Math.min(Math.max(Math.round(next), WIDTH.least), WIDTH.most));
  const drag = (event: PointerEvent<HTMLElement>) => {
    const frame = event.currentTarget.parentElement;
    if (frame && event.currentTarget.hasPointerCapture(event.pointerId))
      set(frame.getBoundingClientRect().right - event.clientX);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const { least, most, step } = WIDTH;
    const next = { ArrowLeft: width + step, ArrowRight: width - step, Home: least, End: most }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    set(next);
  };
  return (
    <div
      className="inspector-frame"
      data-over={isOver || undefined}
      style={{ "--inspector": `${width}px` } as CSSProperties}
    >
      {/* biome-ignore lint/a11y/useSemanticElements: a line of a text cannot be moved */}
      <div
        role="separator"
        className="inspector-edge"
        tabIndex={0}
        aria-label="Width of the inspector"
        aria-orientation="vertical"
        aria-valuemin={WIDTH.least}
        aria-valuemax={WIDTH.most}
        aria-valuenow={width}
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={drag}
        onKeyDown={onKeyDown}
      />
      {children}
    </div>
  );
}
