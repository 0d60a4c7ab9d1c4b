/** The axis of a timeline: ticks, folded times that a click unfolds, and a range that a drag chooses. */

import { type PointerEvent, useRef, useState } from "react";
import { durationText } from "../ui/time";
import { momentAt, type Segment, type Span } from "./fold";
import { ticksOf } from "./ticks";

/** Pixels that a drag must be long. */
const LEAST = 6;

interface AxisProps {
  segments: Segment[];
  /** The start of the execution, from which the axis counts. */
  start: number;
  onZoom: (span: Span | null) => void;
  onUnfold: (moment: number) => void;
}

export function TimelineAxis({ segments, start, onZoom, onUnfold }: AxisProps) {
  const drag = useDrag(segments, onZoom);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: a drag is a shortcut; the address has the range as well
    <div className="axis" onDoubleClick={() => onZoom(null)} {...drag.handlers}>
      {ticksOf(segments, start).map((tick) => (
        <span key={tick.moment} className="tick" style={{ left: tick.at }}>
          {tick.text}
        </span>
      ))}
      {segments
        .filter((each) => each.folded)
        .map((each) => (
          <button
            key={each.from}
            type="button"
            className="fold"
            style={{ left: each.start, width: each.width }}
            title="Nothing works in this time; click to unfold it"
            aria-label={`Unfold ${durationText(each.to - each.from)} in which nothing works`}
            onPointerDown={(event) => event.stopPropagation()}
            onClick={() => onUnfold((each.from + each.to) / 2)}
          >
            {durationText(each.to - each.from)}
          </button>
        ))}
      {drag.range && (
        <span className="drag" style={{ left: drag.range.from, width: drag.range.to - drag.range.from }} />
      )}
    </div>
  );
}

function useDrag(segments: Segment[], onZoom: (span: Span | null) => void) {
  const from = useRef<number | null>(null);
  const [range, setRange] = useState<Span | null>(null);
  const pixels = (event: PointerEvent<HTMLDivElement>) =>
    event.clientX - event.currentTarget.getBoundingClientRect().left;
  const end = (event: PointerEvent<HTMLDivElement>) => {
    if (range && range.to - range.from >= LEAST) {
      onZoom({ from: momentAt(segments, range.from), to: momentAt(segments, range.to) });
    }
    event.currentTarget.releasePointerCapture(event.pointerId);
    from.current = null;
    setRange(null);
  };
  const handlers = {
    onPointerDown: (event: PointerEvent<HTMLDivElement>) => {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      from.current = pixels(event);
    },
    onPointerMove: (event: PointerEvent<HTMLDivElement>) => {
      if (from.current === null) return;
      const at = pixels(event);
      setRange({ from: Math.min(from.current, at), to: Math.max(from.current, at) });
    },
    onPointerUp: end,
  };
  return { range, handlers };
}
