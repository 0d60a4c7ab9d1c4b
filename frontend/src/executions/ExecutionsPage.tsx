/** The list of executions, with its filters in the URL. */

import { Button, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { executionsQuery } from "../api/executions";
import { useMay } from "../api/me";
import { rowsOf } from "../api/pages";
import { shortId } from "../ui/Copy";
import { Empty } from "../ui/Empty";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { SearchField } from "../ui/SearchField";
import { TimeRange } from "../ui/TimeRange";
import { useSelection } from "../ui/useSelection";
import { BulkButton } from "./BulkButton";
import { ExecutionRows } from "./ExecutionRows";
import { SelectionBar } from "./SelectionBar";
import { StatusFilter } from "./StatusFilter";
import { type ExecutionsSearch, filterOf, isNarrowed } from "./search";

const route = getRouteApi("/executions");

export function ExecutionsPage() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const filter = filterOf(search);
  const filterKey = JSON.stringify(filter);
  const list = useInfiniteQuery(executionsQuery(filter));
  const selection = useSelection(filterKey);
  const may = useMay();
  const rows = rowsOf(list.data);
  const narrow = (change: ExecutionsSearch) =>
    navigate({ search: (old: ExecutionsSearch) => ({ ...old, ...change }), replace: true });
  return (
    <Page
      title="Executions"
      actions={
        isNarrowed(search) &&
        !search.tests &&
        rows.length > 0 &&
        may("executions:write") && <BulkButton filter={filter} />
      }
    >
      <Stack gap="md">
        <StatusFilter filter={filter} onChange={(status) => narrow({ status })} />
        <Group gap="sm">
          <SearchField label="Workflow, or id" value={search.q} onChange={(q) => narrow({ q })} isFirst />
          <TimeRange value={search} onChange={narrow} />
          <NativeSelect
            size="xs"
            aria-label="Tests"
            value={search.tests ?? ""}
            data={[
              { value: "", label: "Without tests" },
              { value: "with", label: "With tests" },
              { value: "only", label: "Only tests" },
            ]}
            onChange={(event) =>
              narrow({ tests: (event.currentTarget.value || undefined) as ExecutionsSearch["tests"] })
            }
          />
          <Narrowed search={search} onClear={() => navigate({ search: {}, replace: true })} />
        </Group>
        {list.error && !list.data && <Problem error={list.error} onRetry={list.refetch} />}
        {list.isPending && !list.error && <Loading lines={10} />}
        {list.data && rows.length === 0 && (
          <Empty
            title={isNarrowed(search) ? "No execution is like this" : "Nothing has run yet"}
            request={{ path: "/events", body: { lead: { source: "LinkedIn", score: 90 } } }}
          >
            An execution is one run of a workflow: an event starts it, or somebody by hand.
          </Empty>
        )}
        <SelectionBar rows={rows} selection={selection} />
        {rows.length > 0 && (
          <ExecutionRows
            label="Executions"
            rows={rows}
            selection={selection}
            hasMore={list.hasNextPage}
            isLoadingMore={list.isFetchingNextPage}
            onMore={list.fetchNextPage}
            filterKey={filterKey}
          />
        )}
      </Stack>
    </Page>
  );
}

const NAMES = {
  workflow: "of workflow",
  event: "started by event",
  parent: "started by execution",
  forkedFrom: "forked from",
};

/** Says by which things the list is narrowed, and shows all again. */
function Narrowed({ search, onClear }: { search: ExecutionsSearch; onClear: () => void }) {
  if (!isNarrowed(search)) return null;
  const found = Object.entries(NAMES).flatMap(([key, words]) => {
    const id = search[key as keyof typeof NAMES];
    return id ? [`${words} ${shortId(id)}`] : [];
  });
  return (
    <>
      {found.length > 0 && <Text size="sm">Only those {found.join(", ")}</Text>}
      <Button size="xs" variant="default" onClick={onClear}>
        Show all
      </Button>
    </>
  );
}
