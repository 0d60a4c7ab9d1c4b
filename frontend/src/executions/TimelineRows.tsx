/** The rows of a timeline; only those in sight are in the page. */

import { ActionIcon } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronDown, ChevronRight } from "lucide-react";
import { type CSSProperties, useEffect, useRef } from "react";
import { lookOf } from "../status";
import { durationText } from "../ui/time";
import type { Bar, Row } from "./bars";
import { place, type Segment, type Span } from "./fold";
import { OpenedPager } from "./OpenedPager";
import type { OpenedNode } from "./useOpenedNode";

const HEIGHT = 34;
const OPENED_HEIGHT = 62;
/** Pixels that a bar is wide, at least. */
const THIN = 3;

interface TimelineRowsProps {
  rows: Row[];
  segments: Segment[];
  shown: Span;
  /** The present, while the execution goes on. */
  now: number | null;
  selected: string | undefined;
  onSelect: (nodeId: string, stepId?: string) => void;
  /** The node whose many steps are shown one by one. */
  opened: OpenedNode | null;
  onOpen: (nodeId: string | undefined) => void;
  onZoom: (span: Span) => void;
}

export function TimelineRows(props: TimelineRowsProps) {
  const { rows, segments, shown, now, selected, onSelect, opened, onOpen } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: (index) => (rows[index]?.nodeId === opened?.nodeId ? OPENED_HEIGHT : HEIGHT),
    overscan: 12,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: another row is higher then
  useEffect(() => virtual.measure(), [opened?.nodeId]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls can be reached by the keyboard
    <section ref={scroller} className="timeline-rows" tabIndex={0} aria-label="Rows of the timeline">
      <div style={{ height: virtual.getTotalSize(), position: "relative" }}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index] as Row;
          const isOpened = row.nodeId === opened?.nodeId;
          return (
            <div key={row.nodeId} className="timeline-row" style={{ top: item.start, height: item.size }}>
              <div className="timeline-label">
                <button
                  type="button"
                  className="timeline-name"
                  aria-pressed={row.nodeId === selected}
                  onClick={() => onSelect(row.nodeId)}
                >
                  <span className="cut">{row.nodeId}</span>
                  {row.together > 0 && (
                    <span className="quiet">
                      {row.together} steps{row.failed > 0 && ` · ${row.failed} failed`}
                    </span>
                  )}
                </button>
                {row.together > 0 && (
                  <ActionIcon
                    size="sm"
                    variant="subtle"
                    color="gray"
                    aria-expanded={isOpened}
                    aria-label={`Steps of ${row.nodeId} one by one`}
                    onClick={() => onOpen(isOpened ? undefined : row.nodeId)}
                  >
                    {isOpened ? <ChevronDown size={15} /> : <ChevronRight size={15} />}
                  </ActionIcon>
                )}
              </div>
              <div className="timeline-track">
                {now !== null && now <= shown.to && (
                  <span className="timeline-now" style={{ left: place(segments, now) }} title="Now" />
                )}
                {row.bars
                  .filter((bar) => bar.to >= shown.from && bar.ready <= shown.to)
                  .map((bar) => (
                    <BarView
                      key={bar.key}
                      bar={bar}
                      segments={segments}
                      onClick={() => onSelect(row.nodeId, bar.stepId)}
                    />
                  ))}
                {isOpened && (
                  <OpenedPager opened={opened} count={row.together} onZoom={() => props.onZoom(spanOf(row.bars))} />
                )}
              </div>
            </div>
          );
        })}
      </div>
    </section>
  );
}

function BarView({ bar, segments, onClick }: { bar: Bar; segments: Segment[]; onClick: () => void }) {
  const look = lookOf(bar.status);
  const ready = place(segments, bar.ready);
  const from = place(segments, bar.from);
  const width = Math.max(THIN, place(segments, bar.to) - from);
  const text = `${bar.label}: ${look.word.toLowerCase()}, ${durationText(bar.to - bar.from)}`;
  const queued = bar.from - bar.ready > 0 ? `, ${durationText(bar.from - bar.ready)} in the queue before` : "";
  return (
    <button
      type="button"
      className="bar"
      title={text + queued}
      aria-label={text + queued}
      style={{ "--look": look.colour, left: ready, width: Math.max(THIN, from - ready + width) } as CSSProperties}
      onClick={onClick}
    >
      {from - ready >= 1 && <span className="bar-ready" style={{ width: from - ready }} />}
      <span className="bar-work" data-waited={bar.waited || undefined} style={{ width }} />
      {bar.status === "FAILED" && <span className="bar-mark">✕</span>}
    </button>
  );
}

/** From the first bar to the end of the last. */
function spanOf(bars: Bar[]): Span {
  return { from: Math.min(...bars.map((bar) => bar.ready)), to: Math.max(...bars.map((bar) => bar.to)) };
}
