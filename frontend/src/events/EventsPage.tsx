/** The list of events, and the drawer that sends one. */

import { Button, SegmentedControl, Stack } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Send } from "lucide-react";
import { useState } from "react";
import { type Event, type EventSet, eventsQuery } from "../api/events";
import { useMay } from "../api/me";
import { rowsOf } from "../api/pages";
import { useShortcut } from "../shell/shortcuts";
import { Id } from "../ui/Copy";
import { Empty } from "../ui/Empty";
import { IfMay } from "../ui/IfMay";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { type Column, Rows } from "../ui/Rows";
import { Time } from "../ui/Time";
import { Words } from "../ui/Words";
import { SendEvent } from "./SendEvent";
import { lineOf, nameOf, outcomeOf } from "./summary";

const route = getRouteApi("/events");

const SETS: { value: EventSet; label: string }[] = [
  { value: "all", label: "All" },
  { value: "none", label: "Started nothing" },
  { value: "near", label: "Nearly started one" },
];

const EMPTY: Record<EventSet, string> = {
  all: "An event is a message to the workflows: a JSON object. Their triggers decide which of them it starts.",
  none: "Every event of the last ones matched a trigger.",
  near: "No event of the last ones was one clause short of a trigger.",
};

const COLUMNS: Column<Event>[] = [
  { key: "name", label: "Event", width: "22%", render: (row) => nameOf(row) },
  { key: "outcome", label: "Outcome", width: "104px", render: (row) => outcomeOf(row) },
  { key: "about", label: "Content", render: (row) => <About row={row} />, from: "tablet" },
  { key: "at", label: "Received", width: "104px", render: (row) => <Time at={row.received_at} /> },
  { key: "id", label: "Id", width: "132px", from: "desktop", render: (row) => <Id id={row.id} /> },
];

export function EventsPage() {
  const { set = "all" } = route.useSearch();
  const navigate = route.useNavigate();
  const [isSending, setSending] = useState(false);
  const list = useInfiniteQuery(eventsQuery(set));
  const rows = rowsOf(list.data);
  const may = useMay();
  useShortcut("n", "Send an event", () => may("events:write") && setSending(true), "Events");
  const send = (
    <IfMay key="send" scope="events:write">
      <Button leftSection={<Send size={15} />} onClick={() => setSending(true)}>
        Send event
      </Button>
    </IfMay>
  );
  const backtest = (
    <Link key="backtest" to="/backtest" style={{ fontSize: "0.8125rem" }}>
      Backtest a rule
    </Link>
  );
  return (
    <Page title="Events" actions={[backtest, send]}>
      <SendEvent isOpen={isSending} onClose={() => setSending(false)} />
      <Stack gap="md">
        <SegmentedControl<EventSet>
          aria-label="Events to show"
          data={SETS}
          value={set}
          maw={480}
          onChange={(value) => navigate({ search: { set: value === "all" ? undefined : value } })}
        />
        {list.error && !list.data && <Problem error={list.error} onRetry={list.refetch} />}
        {list.isPending && !list.error && <Loading lines={10} />}
        {list.data && rows.length === 0 && !list.hasNextPage && (
          <Empty title={set === "all" ? "No event yet" : "None"} action={set === "all" ? send : undefined}>
            {EMPTY[set]}
          </Empty>
        )}
        {(rows.length > 0 || list.hasNextPage) && (
          <Rows
            label="Events"
            rows={rows}
            columns={COLUMNS}
            idOf={(row) => row.id}
            linkOf={(row, content) => (
              <Link to="/events/$eventId" params={{ eventId: row.id }} className="row-link">
                {content}
              </Link>
            )}
            hasMore={list.hasNextPage}
            isLoadingMore={list.isFetchingNextPage}
            onMore={list.fetchNextPage}
            filterKey={set}
          />
        )}
      </Stack>
    </Page>
  );
}

/** The workflow that it nearly started, else its values. */
function About({ row }: { row: Event }) {
  if (!row.nearest) return <span className="quiet">{lineOf(row.payload) || "–"}</span>;
  return (
    <Link
      to="/events/$eventId/why/$workflowId"
      params={{ eventId: row.id, workflowId: row.nearest.workflow_id }}
      className="quiet"
    >
      {row.nearest.workflow_name}: <Words text={row.nearest.first_failing_words} />
    </Link>
  );
}
