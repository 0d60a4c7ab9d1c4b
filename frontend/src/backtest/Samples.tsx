/** The events of a set, oldest first; each leads to why the workflow decided as it did. */

import { Stack, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Backtest, backtestEventsQuery, type EventSet } from "../api/backtests";
import type { Event } from "../api/events";
import { rowsOf } from "../api/pages";
import { lineOf, nameOf } from "../events/summary";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { type Column, Rows } from "../ui/Rows";
import { Time } from "../ui/Time";
import { setsOf } from "./sets";

const COLUMNS: Column<Event>[] = [
  { key: "about", label: "Event", render: (row) => lineOf(row.payload) || nameOf(row) },
  { key: "at", label: "Received", width: "112px", render: (row) => <Time at={row.received_at} /> },
];

export function Samples({ backtest, set }: { backtest: Backtest; set: EventSet }) {
  const list = useInfiniteQuery(backtestEventsQuery(backtest, set));
  const rows = rowsOf(list.data);
  const sets = setsOf(backtest.compare_to !== null);
  const look = sets.find((each) => each.value === set) ?? sets[0];
  return (
    <Stack gap="xs" style={{ minWidth: 0 }} component="section">
      <Title order={2}>{look?.label}</Title>
      <Text size="sm" className="quiet">
        Events {look?.about}, oldest first.
      </Text>
      {list.error && !list.data && <Problem error={list.error} onRetry={list.refetch} />}
      {list.isPending && !list.error && <Loading lines={4} />}
      {list.data && rows.length === 0 && (
        <Text className="panel quiet" p="md" size="sm">
          There is none.
        </Text>
      )}
      {rows.length > 0 && (
        <Rows
          label={`Events ${look?.about ?? ""}`}
          rows={rows}
          columns={COLUMNS}
          idOf={(row) => row.id}
          linkOf={(row, content) => <EventLink event={row} workflowId={backtest.workflow_id} content={content} />}
          hasMore={list.hasNextPage}
          isLoadingMore={list.isFetchingNextPage}
          onMore={list.fetchNextPage}
          filterKey={`${backtest.id} ${set}`}
        />
      )}
    </Stack>
  );
}

interface EventLinkProps {
  event: Event;
  workflowId: string | null;
  content: React.ReactNode;
}

function EventLink({ event, workflowId, content }: EventLinkProps) {
  if (!workflowId) {
    return (
      <Link to="/events/$eventId" params={{ eventId: event.id }} className="row-link">
        {content}
      </Link>
    );
  }
  return (
    <Link to="/events/$eventId/why/$workflowId" params={{ eventId: event.id, workflowId }} className="row-link">
      {content}
    </Link>
  );
}
