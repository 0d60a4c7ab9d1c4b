/** The overview: the last hour, what needs somebody, what runs, and where to begin. */

import { Stack } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { executionsQuery } from "../api/executions";
import { rowsOf } from "../api/pages";
import { ExecutionRows } from "../executions/ExecutionRows";
import { Empty } from "../ui/Empty";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { ExampleCards } from "./ExampleCards";
import { Figures } from "./Figures";
import { NearMisses } from "./NearMisses";
import { NeedsYou } from "./NeedsYou";
import "./overview.css";

/** Rows of each list. */
const SHOWN = { running: 10, newest: 5 };

export function OverviewPage() {
  const newest = useInfiniteQuery(executionsQuery({}));
  const running = useInfiniteQuery(executionsQuery({ status: "RUNNING" }));
  const rows = rowsOf(newest.data);
  return (
    <Page title="Overview">
      <Stack gap="xl">
        {newest.error && !newest.data && <Problem error={newest.error} onRetry={newest.refetch} />}
        {newest.isPending && !newest.error && <Loading lines={4} height={90} />}
        {newest.data && rows.length > 0 && (
          <>
            <Figures />
            <NeedsYou />
            <List title="Running now" rows={rowsOf(running.data).slice(0, SHOWN.running)} />
            <NearMisses />
            <List title="Newest executions" rows={rows.slice(0, SHOWN.newest)} />
          </>
        )}
        {newest.data && <ExampleCards otherwise={rows.length === 0 ? <NothingYet /> : null} />}
      </Stack>
    </Page>
  );
}

function NothingYet() {
  return (
    <Empty title="Nothing has run yet" request={{ path: "/events", body: { lead: { source: "LinkedIn", score: 90 } } }}>
      What runs, fails or waits for somebody is shown here.
    </Empty>
  );
}

function List({ title, rows }: { title: string; rows: Parameters<typeof ExecutionRows>[0]["rows"] }) {
  if (rows.length === 0) return null;
  return (
    <section>
      <h2 className="section-title">{title}</h2>
      <ExecutionRows rows={rows} label={title} />
    </section>
  );
}
