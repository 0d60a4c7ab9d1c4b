/** All steps of an execution, one line each; only those in sight are in the page. */

import { Group, Select } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import { rowsOf } from "../api/pages";
import { type StepLine, stepLinesQuery } from "../api/steps";
import { lookOf } from "../status";
import { Empty } from "../ui/Empty";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { StatusBadge } from "../ui/StatusBadge";
import { Duration, Time } from "../ui/Time";
import { durationText } from "../ui/time";
import { useRowKeys } from "../ui/useRowKeys";
import { errorText } from "./errorText";
import { KeptMark } from "./KeptMark";
import type { Followed } from "./useExecution";
import "./steps.css";

const route = getRouteApi("/executions/$executionId");
const HEIGHT = 42;
/** Rows before the end at which the next page is loaded. */
const AHEAD = 20;

interface StepsTableProps {
  id: string;
  followed: Followed;
  selected: string | undefined;
  onSelect: (nodeId: string, stepId: string) => void;
}

export function StepsTable({ id, followed, selected, onSelect }: StepsTableProps) {
  const { of, status } = route.useSearch();
  const list = useInfiniteQuery(stepLinesQuery(id, { node_id: of, status: status as StepLine["status"] }));
  const rows = rowsOf(list.data);
  return (
    <div className="panel steps">
      <Filters followed={followed} />
      {list.error && !list.data && <Problem error={list.error} onRetry={list.refetch} />}
      {list.isPending && !list.error && <Loading lines={8} />}
      {list.data && rows.length === 0 && (
        <Empty title={of || status ? "No step is like this" : "No step yet"}>
          A step is one node's turn in an execution; each attempt has a line of its own.
        </Empty>
      )}
      {rows.length > 0 && (
        <Lines
          rows={rows}
          selected={selected}
          onSelect={onSelect}
          onEnd={() => list.hasNextPage && list.fetchNextPage()}
        />
      )}
    </div>
  );
}

function Filters({ followed }: { followed: Followed }) {
  const { of, status } = route.useSearch();
  const navigate = route.useNavigate();
  const statuses = [...new Set(followed.nodes.flatMap((line) => Object.keys(line.counts)))];
  return (
    <Group gap="xs" p="xs" className="steps-filters">
      <Select
        data-filter
        size="xs"
        aria-label="Node"
        placeholder="All nodes"
        searchable
        clearable
        limit={200}
        value={of ?? null}
        data={followed.nodes.map((line) => line.node_id)}
        onChange={(value) => navigate({ search: (old) => ({ ...old, of: value ?? undefined }), replace: true })}
      />
      <Select
        size="xs"
        aria-label="Status"
        placeholder="All statuses"
        clearable
        value={status ?? null}
        data={statuses.map((value) => ({ value, label: lookOf(value).word }))}
        onChange={(value) => navigate({ search: (old) => ({ ...old, status: value ?? undefined }), replace: true })}
      />
    </Group>
  );
}

interface LinesProps {
  rows: StepLine[];
  selected: string | undefined;
  onSelect: (nodeId: string, stepId: string) => void;
  onEnd: () => void;
}

function Lines({ rows, selected, onSelect, onEnd }: LinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    overscan: 12,
  });
  useRowKeys(scroller, ".step-row");
  const items = virtual.getVirtualItems();
  const last = items[items.length - 1]?.index ?? 0;
  useEffect(() => {
    if (last >= rows.length - AHEAD) onEnd();
  }, [last, rows.length, onEnd]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls can be reached by the keyboard
    <section ref={scroller} className="steps-rows" tabIndex={0} aria-label="Steps">
      <div className="steps-head" aria-hidden>
        <span>Node</span>
        <span className="step-type">Type</span>
        <span>Status</span>
        <span>Started</span>
        <span className="step-took">Took</span>
        <span className="step-note">What happened</span>
      </div>
      <ol style={{ height: virtual.getTotalSize() }}>
        {items.map((item) => {
          const step = rows[item.index] as StepLine;
          return (
            <li
              key={step.id}
              style={{ top: item.start, height: HEIGHT }}
              aria-setsize={rows.length}
              aria-posinset={item.index + 1}
            >
              <button
                type="button"
                className="step-row"
                aria-pressed={step.id === selected}
                onClick={() => onSelect(step.node_id, step.id)}
              >
                <StepRow step={step} />
              </button>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function StepRow({ step }: { step: StepLine }) {
  const queue = step.started_at ? Date.parse(step.started_at) - Date.parse(step.created_at) : 0;
  const error = errorText(step.error);
  return (
    <>
      <span className="step-node">
        <span className="cut">{step.node_id}</span>
        {step.visit > 1 && <span className="quiet"> visit {step.visit}</span>}
        {step.attempt > 1 && <span className="quiet"> attempt {step.attempt}</span>}
        {step.kept && <KeptMark />}
      </span>
      <span className="step-type quiet cut">{step.type}</span>
      <StatusBadge status={step.status} />
      <span className="step-time">
        <Time at={step.started_at ?? step.finished_at} />
      </span>
      <span className="step-took">
        <Duration from={step.started_at} to={step.finished_at} />
      </span>
      <span className="step-note quiet cut" title={error || undefined}>
        {error || (queue > 50 ? `${durationText(queue)} in the queue` : "")}
      </span>
    </>
  );
}
