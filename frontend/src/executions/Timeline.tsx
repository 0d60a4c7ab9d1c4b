/** When each step waited for a worker, ran and ended; long times without work are folded. */

import { Button, Group, Text } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { rowsOf as loaded } from "../api/pages";
import { stepLinesQuery } from "../api/steps";
import { isTerminal } from "../status";
import { Empty } from "../ui/Empty";
import { durationText } from "../ui/time";
import { barsOf, type Row, rowsOf, time, workedAndWaited, workOf } from "./bars";
import { gapsOf, type Segment, type Span, segmentsOf } from "./fold";
import { TimelineAxis } from "./TimelineAxis";
import { TimelineRows } from "./TimelineRows";
import type { Followed } from "./useExecution";
import { type OpenedNode, useOpenedNode } from "./useOpenedNode";
import { useSecond } from "./useSecond";
import { TIMELINE_PAGE } from "./useWorked";
import "./timeline.css";

const route = getRouteApi("/executions/$executionId");
/** Steps that are read one by one; of more, each node is one bar. */
const MOST_STEPS = TIMELINE_PAGE;

interface TimelineProps {
  id: string;
  followed: Followed;
  selected: string | undefined;
  onSelect: (nodeId: string | undefined, stepId?: string) => void;
}

export function Timeline({ id, followed, selected, onSelect }: TimelineProps) {
  const { from, to, open } = route.useSearch();
  const navigate = route.useNavigate();
  const { ref, width } = useElementSize();
  const { rows, whole } = useRows(id, followed);
  const [unfolded, setUnfolded] = useState<number[]>([]);
  const shown = zoomed(whole, from, to);
  const segments = useSegments(rows, shown, unfolded, width);
  const opened = useOpenedNode(id, open);
  if (rows.length === 0)
    return <Empty title="Nothing has run yet">A bar appears here for each step that begins.</Empty>;
  const zoom = (span: Span | null) =>
    navigate({
      search: (old) => ({
        ...old,
        from: span ? Math.round(span.from - whole.from) : undefined,
        to: span ? Math.round(span.to - whole.from) : undefined,
      }),
      replace: true,
    });
  return (
    <div className="timeline panel">
      <Summary rows={rows} whole={whole} isZoomed={from !== undefined} onAll={() => zoom(null)} />
      <div className="timeline-head">
        <div className="timeline-name quiet">Node</div>
        <div ref={ref} className="timeline-track">
          <TimelineAxis
            segments={segments}
            start={whole.from}
            onZoom={zoom}
            onUnfold={(moment) => setUnfolded([...unfolded, moment])}
          />
        </div>
      </div>
      <TimelineRows
        rows={withOpened(rows, opened, whole.to)}
        opened={opened}
        onOpen={(node) => navigate({ search: (old) => ({ ...old, open: node }), replace: true })}
        onZoom={zoom}
        segments={segments}
        shown={shown}
        now={isTerminal(followed.execution.data?.status ?? "") ? null : whole.to}
        selected={selected}
        onSelect={onSelect}
      />
    </div>
  );
}

function Summary({ rows, whole, isZoomed, onAll }: { rows: Row[]; whole: Span; isZoomed: boolean; onAll: () => void }) {
  const { worked, waited } = workedAndWaited(rows, whole);
  return (
    <Group justify="space-between" className="timeline-summary" gap="sm">
      <Text size="sm">
        {durationText(whole.to - whole.from)} = worked {durationText(worked)} + waited {durationText(waited)}
      </Text>
      <Group gap="md" className="legend">
        <span data-kind="ready">ready</span>
        <span data-kind="work">works</span>
        <span data-kind="wait">waits</span>
        {isZoomed && (
          <Button size="compact-xs" variant="default" onClick={onAll}>
            Show all
          </Button>
        )}
      </Group>
    </Group>
  );
}

/** The rows; that of the opened node has the bars of its page. */
function withOpened(rows: Row[], opened: OpenedNode | null, now: number): Row[] {
  return rows.map((row) => (row.nodeId === opened?.nodeId ? { ...row, bars: barsOf(opened.steps, now) } : row));
}

/** The rows, and the time from the start of the execution to its end, or to now. */
function useRows(id: string, { nodes, steps, execution }: Followed): { rows: Row[]; whole: Span } {
  const { data } = useInfiniteQuery({
    ...stepLinesQuery(id, {}, MOST_STEPS),
    enabled: steps > 0 && steps <= MOST_STEPS,
  });
  const isLive = !isTerminal(execution.data?.status ?? "RUNNING");
  const now = useSecond(isLive);
  const lines = useMemo(() => (data && steps <= MOST_STEPS ? loaded(data) : null), [data, steps]);
  return useMemo(() => {
    const rows = rowsOf(nodes, lines, now);
    const bars = rows.flatMap((row) => row.bars);
    const starts = bars.map((bar) => bar.ready);
    const begin = Math.min(time(execution.data?.started_at) ?? Number.POSITIVE_INFINITY, ...starts);
    const end = Math.max(time(execution.data?.finished_at) ?? 0, ...bars.map((bar) => bar.to), isLive ? now : 0);
    const from = Number.isFinite(begin) ? begin : now;
    return { rows, whole: { from, to: Math.max(end, from + 1) } };
  }, [nodes, lines, now, isLive, execution.data?.started_at, execution.data?.finished_at]);
}

function zoomed(whole: Span, from: number | undefined, to: number | undefined): Span {
  if (from === undefined || to === undefined || to <= from) return whole;
  return { from: whole.from + from, to: Math.min(whole.to, whole.from + to) };
}

function useSegments(rows: Row[], shown: Span, unfolded: number[], width: number): Segment[] {
  return useMemo(() => {
    const gaps = gapsOf(shown, workOf(rows)).filter(
      (gap) => !unfolded.some((moment) => moment >= gap.from && moment <= gap.to),
    );
    return segmentsOf(shown, gaps, width);
  }, [rows, shown, unfolded, width]);
}
