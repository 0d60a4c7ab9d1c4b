/** The list of events, and the drawer that sends one. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { type InfiniteData, type UseInfiniteQueryResult, useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Send } from "lucide-react";
import { useState } from "react";
import { type Event, type EventFilter, eventsQuery } from "../api/events";
import { useMay } from "../api/me";
import { type PageOf, rowsOf } from "../api/pages";
import { useShortcut } from "../shell/shortcuts";
import { Id, shortId } from "../ui/Copy";
import { Empty } from "../ui/Empty";
import { IfMay } from "../ui/IfMay";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { type Column, Rows } from "../ui/Rows";
import { Time } from "../ui/Time";
import { Words } from "../ui/Words";
import { EventFilters } from "./EventFilters";
import { SendEvent } from "./SendEvent";
import { lineOf, nameOf, outcomeOf, timeOfId } from "./summary";

import "./events.css";

const route = getRouteApi("/events");

const COLUMNS: Column<Event>[] = [
  { key: "name", label: "Event", width: "22%", phoneWidth: "auto", render: (row) => <Name row={row} /> },
  { key: "outcome", label: "Outcome", width: "104px", phoneWidth: "88px", render: (row) => outcomeOf(row) },
  { key: "about", label: "Content", render: (row) => <About row={row} />, from: "tablet" },
  { key: "at", label: "Received", width: "104px", phoneWidth: "90px", render: (row) => <Time at={row.received_at} /> },
  { key: "id", label: "Id", width: "132px", from: "desktop", render: (row) => <Id id={row.id} /> },
];

export function EventsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [isSending, setSending] = useState(false);
  const list = useInfiniteQuery(eventsQuery(search));
  const rows = rowsOf(list.data);
  const isNarrowed = Object.values(search).some((value) => value !== undefined);
  const may = useMay();
  useShortcut("n", "Send an event", () => may("events:write") && setSending(true), "Events");
  const send = (
    <IfMay key="send" scope="events:write">
      <Button leftSection={<Send size={15} />} onClick={() => setSending(true)}>
        Send event
      </Button>
    </IfMay>
  );
  return (
    <Page
      title="Events"
      actions={[
        <Link key="backtest" to="/backtest" className="small-link">
          Backtest a rule
        </Link>,
        send,
      ]}
    >
      <SendEvent isOpen={isSending} onClose={() => setSending(false)} />
      <Stack gap="md">
        <EventFilters
          search={search}
          onChange={(change) => navigate({ search: (old: EventFilter) => ({ ...old, ...change }), replace: true })}
          onClear={() => navigate({ search: {}, replace: true })}
        />
        {list.error && !list.data && <Problem error={list.error} onRetry={list.refetch} />}
        {list.isPending && !list.error && <Loading lines={10} />}
        {list.data && rows.length === 0 && !list.hasNextPage && (
          <Empty
            title={isNarrowed ? "No event is like this" : "No event yet"}
            action={isNarrowed ? undefined : send}
            request={{ path: "/events", body: { lead: { source: "LinkedIn", score: 90 } } }}
          >
            An event is a message to the workflows: a JSON object. Their triggers decide which of them it starts.
          </Empty>
        )}
        {rows.length > 0 && <EventRows rows={rows} list={list} isSearched={isSearched(search)} search={search} />}
        {isSearched(search) && list.hasNextPage && <SearchedSoFar list={list} />}
      </Stack>
    </Page>
  );
}

/** True if the server looks through events one by one, and so stops now and then. */
function isSearched({ started, type, source, path, q }: EventFilter): boolean {
  return [started, type, source, path, q].some((value) => value !== undefined);
}

type List = UseInfiniteQueryResult<InfiniteData<PageOf<Event>>>;

interface EventRowsProps {
  rows: Event[];
  list: List;
  isSearched: boolean;
  search: EventFilter;
}

function EventRows({ rows, list, isSearched, search }: EventRowsProps) {
  return (
    <Rows
      label="Events"
      rows={rows}
      columns={COLUMNS}
      idOf={(row) => row.id}
      linkOf={(row, content) => (
        <Link to="/events/$eventId" params={{ eventId: row.id }} className="row-link">
          {content}
          <span className="visually-hidden"> {shortId(row.id)}</span>
        </Link>
      )}
      hasMore={list.hasNextPage && !isSearched}
      isLoadingMore={list.isFetchingNextPage}
      onMore={list.fetchNextPage}
      filterKey={JSON.stringify(search)}
    />
  );
}

/** A search goes back by itself no further than one request; the user says how far. */
function SearchedSoFar({ list }: { list: List }) {
  const cursor = list.data?.pages.at(-1)?.next;
  const at = cursor ? timeOfId(cursor) : null;
  return (
    <Group justify="center" gap="sm">
      <Text size="sm" className="quiet">
        Searched back to {at ? <Time at={at} /> : "here"}
      </Text>
      <Button size="xs" variant="default" loading={list.isFetchingNextPage} onClick={() => list.fetchNextPage()}>
        Search further back
      </Button>
    </Group>
  );
}

function Name({ row }: { row: Event }) {
  const source = typeof row.source === "string" ? row.source : "";
  return (
    <span title={source || undefined}>
      {nameOf(row)} {source && <span className="quiet event-source">· {source}</span>}
    </span>
  );
}

/** The workflow that it nearly started, else its values. */
function About({ row }: { row: Event }) {
  if (!row.nearest) return <span className="quiet">{lineOf(row.payload) || "–"}</span>;
  return (
    <Link
      to="/events/$eventId/why/$workflowId"
      params={{ eventId: row.id, workflowId: row.nearest.workflow_id }}
      className="quiet near-link"
    >
      {row.nearest.workflow_name}: <Words text={row.nearest.first_failing_words} />
    </Link>
  );
}
