/** The overview: how things stand, what needs somebody, and where to begin. */

import { Stack } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { executionCountsQuery, executionsQuery } from "../api/executions";
import { rowsOf } from "../api/pages";
import { ExecutionRows } from "../executions/ExecutionRows";
import { Empty } from "../ui/Empty";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { ExampleCards } from "./ExampleCards";
import { Figures } from "./Figures";
import { NearMisses } from "./NearMisses";
import "./overview.css";

/** Rows of each list. */
const SHOWN = 8;

export function OverviewPage() {
  const counts = useQuery(executionCountsQuery({}));
  const newest = useInfiniteQuery(executionsQuery({}));
  const failed = useInfiniteQuery(executionsQuery({ status: "FAILED" }));
  const rows = rowsOf(newest.data).slice(0, SHOWN);
  return (
    <Page title="Overview">
      <Stack gap="xl">
        {newest.error && !newest.data && <Problem error={newest.error} onRetry={newest.refetch} />}
        {newest.isPending && !newest.error && <Loading lines={4} height={90} />}
        {newest.data && rows.length === 0 && (
          <ExampleCards
            otherwise={<Empty title="Nothing has run yet">What runs, fails or waits for somebody is shown here.</Empty>}
          />
        )}
        {newest.data && rows.length > 0 && (
          <>
            <Figures counts={counts.data} />
            <List title="Needs you: failed executions" rows={rowsOf(failed.data).slice(0, SHOWN)} />
            <List title="Newest executions" rows={rows} />
            <NearMisses />
            <ExampleCards />
          </>
        )}
      </Stack>
    </Page>
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
