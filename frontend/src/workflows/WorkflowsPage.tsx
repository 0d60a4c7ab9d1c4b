/** The list of workflows. */

import { Stack, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { rowsOf } from "../api/pages";
import { type Workflow, workflowsQuery } from "../api/workflows";
import { Empty } from "../ui/Empty";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { type Column, Rows } from "../ui/Rows";
import { Time } from "../ui/Time";

const route = getRouteApi("/workflows");

const COLUMNS: Column<Workflow>[] = [
  { key: "name", label: "Name", render: (row) => row.name },
  { key: "kind", label: "Kind", width: "90px", from: "tablet", render: (row) => row.kind },
  { key: "active", label: "Active", width: "90px", render: (row) => (row.is_active ? "Active" : "Inactive") },
  { key: "version", label: "Version", width: "84px", from: "desktop", render: (row) => `v${row.version}` },
  { key: "saved", label: "Saved", width: "120px", from: "tablet", render: (row) => <Time at={row.updated_at} /> },
];

export function WorkflowsPage() {
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const list = useInfiniteQuery(workflowsQuery());
  const wanted = q?.toLowerCase() ?? "";
  const rows = rowsOf(list.data).filter((row) => row.name.toLowerCase().includes(wanted));
  return (
    <Page title="Workflows">
      <Stack gap="md">
        <TextInput
          data-filter
          aria-label="Filter by name"
          placeholder="Filter by name"
          leftSection={<Search size={15} />}
          maw={320}
          value={q ?? ""}
          onChange={(event) => navigate({ search: { q: event.currentTarget.value || undefined }, replace: true })}
        />
        {list.error && !list.data && <Problem error={list.error} onRetry={list.refetch} />}
        {list.isPending && !list.error && <Loading lines={8} />}
        {list.data && rows.length === 0 && (
          <Empty title={q ? "No workflow has this name" : "No workflow yet"}>
            A workflow is a graph of steps, with a trigger that decides which events start it.
          </Empty>
        )}
        {rows.length > 0 && (
          <Rows
            label="Workflows"
            rows={rows}
            columns={COLUMNS}
            idOf={(row) => row.id}
            isDim={(row) => !row.is_active}
            linkOf={(row, content) => (
              <Link to="/workflows/$workflowId" params={{ workflowId: row.id }} className="row-link">
                {content}
              </Link>
            )}
            hasMore={list.hasNextPage}
            isLoadingMore={list.isFetchingNextPage}
            onMore={list.fetchNextPage}
          />
        )}
      </Stack>
    </Page>
  );
}
