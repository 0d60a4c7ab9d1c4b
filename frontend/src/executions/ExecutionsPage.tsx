/** The list of executions, with its filters in the URL. */

import { Button, Group, Stack, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { type Execution, type ExecutionFilter, executionCountsQuery, executionsQuery } from "../api/executions";
import { rowsOf } from "../api/pages";
import type { ExecutionsSearch } from "../routes";
import { EXECUTION_STATUSES, lookOf } from "../status";
import { shortId } from "../ui/Copy";
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
        <StatusFilter filter={filter} />
        <Narrowed search={search} onClear={() => navigate({ search: { status: search.status }, replace: true })} />
        {list.error && !list.data && <Problem error={list.error} onRetry={list.refetch} />}
        {list.isPending && !list.error && <Loading lines={10} />}
        {list.data && rows.length === 0 && (
          <Empty
            title={Object.values(filter).some(Boolean) ? "No execution is like this" : "Nothing has run yet"}
            command={`curl -X POST ${location.origin}/events -d '{"lead": {"source": "LinkedIn", "score": 90}}'`}
          >
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

function StatusFilter({ filter }: { filter: ExecutionFilter }) {
  const navigate = route.useNavigate();
  const { data: counts } = useQuery(executionCountsQuery(filter));
  const choose = (status: string | undefined) => navigate({ search: (old) => ({ ...old, status }), replace: true });
  return (
    <Group gap={6} role="group" aria-label="Status" className="chips">
      <button type="button" data-filter aria-pressed={!filter.status} onClick={() => choose(undefined)}>
        All
      </button>
      {EXECUTION_STATUSES.map((status) => (
        <StatusChip
          key={status}
          status={status}
          count={counts?.[status as keyof typeof counts]}
          isChosen={filter.status === status}
          onChoose={() => choose(filter.status === status ? undefined : status)}
        />
      ))}
    </Group>
  );
}

interface StatusChipProps {
  status: string;
  count: number | undefined;
  isChosen: boolean;
  onChoose: () => void;
}

function StatusChip({ status, count, isChosen, onChoose }: StatusChipProps) {
  const { word, icon: Icon } = lookOf(status);
  return (
    <button type="button" aria-pressed={isChosen} onClick={onChoose}>
      <Icon size={13} aria-hidden /> {word}{" "}
      {count !== undefined && <span className="quiet">{count > 1000 ? "1,000+" : count}</span>}
    </button>
  );
}

const NAMES = {
  workflow: "of workflow",
  event: "started by event",
  parent: "started by execution",
  forkedFrom: "forked from",
};

/** Says by what the list is narrowed, beside the status. */
function Narrowed({ search, onClear }: { search: ExecutionsSearch; onClear: () => void }) {
  const found = Object.entries(NAMES).flatMap(([key, words]) => {
    const id = search[key as keyof typeof NAMES];
    return id ? [`${words} ${shortId(id)}`] : [];
  });
  if (found.length === 0) return null;
  return (
    <Group gap="sm">
      <Text size="sm">Only those {found.join(", ")}</Text>
      <Button size="compact-xs" variant="default" onClick={onClear}>
        Show all
      </Button>
    </Group>
  );
}
