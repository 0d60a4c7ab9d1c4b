/** The list of executions, with its filters in the URL. */

import { SegmentedControl, Stack } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type Execution, executionsQuery } from "../api/executions";
import { rowsOf } from "../api/pages";
import { EXECUTION_STATUSES, lookOf } from "../status";
import { Empty } from "../ui/Empty";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { ExecutionRows } from "./ExecutionRows";

const route = getRouteApi("/executions");

export function ExecutionsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = {
    status: search.status as Execution["status"] | undefined,
    workflow_id: search.workflow,
    event_id: search.event,
    parent_id: search.parent,
    forked_from: search.forkedFrom,
  };
  const list = useInfiniteQuery(executionsQuery(filter));
  const rows = rowsOf(list.data);
  return (
    <Page title="Executions">
      <Stack gap="md">
        <SegmentedControl
          aria-label="Status"
          value={search.status ?? "all"}
          data={[
            { value: "all", label: "All" },
            ...EXECUTION_STATUSES.map((value) => ({ value, label: lookOf(value).word })),
          ]}
          onChange={(value) =>
            navigate({ search: (old) => ({ ...old, status: value === "all" ? undefined : value }), replace: true })
          }
        />
        {list.error && !list.data && <Problem error={list.error} onRetry={list.refetch} />}
        {list.isPending && !list.error && <Loading lines={10} />}
        {list.data && rows.length === 0 && (
          <Empty title="Nothing here yet" command="curl -X POST http://localhost:8000/events -d '{}'">
            An execution is one run of a workflow: an event starts it, or somebody by hand.
          </Empty>
        )}
        {rows.length > 0 && (
          <ExecutionRows
            label="Executions"
            rows={rows}
            hasMore={list.hasNextPage}
            isLoadingMore={list.isFetchingNextPage}
            onMore={list.fetchNextPage}
            filterKey={JSON.stringify(filter)}
          />
        )}
      </Stack>
    </Page>
  );
}
