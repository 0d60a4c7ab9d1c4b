/** The list of workflows, with what became of each lately. */

import { Stack } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Plus } from "lucide-react";
import { rowsOf } from "../api/pages";
import { type WorkflowSummary, workflowsQuery } from "../api/workflows";
import { useCreateWorkflow } from "../shell/useCreateWorkflow";
import { Empty } from "../ui/Empty";
import { IfMay } from "../ui/IfMay";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { type Column, Rows } from "../ui/Rows";
import { StatusBadge } from "../ui/StatusBadge";
import { Time } from "../ui/Time";
import { WriteButton } from "../ui/WriteButton";
import { LastDay } from "./LastDay";
import { startText } from "./startText";
import { WorkflowFilters } from "./WorkflowFilters";

const route = getRouteApi("/workflows");

const COLUMNS: Column<WorkflowSummary>[] = [
  { key: "name", label: "Name", render: (row) => row.name },
  { key: "starts", label: "Starts", width: "34%", from: "tablet", render: (row) => <Starts row={row} /> },
  { key: "last", label: "Last execution", width: "236px", render: (row) => <Last row={row} /> },
  {
    key: "day",
    label: "Last 24 hours",
    width: "124px",
    from: "desktop",
    render: (row) => <LastDay counts={row.last_24h} />,
  },
  { key: "kind", label: "Kind", width: "76px", from: "desktop", render: (row) => row.kind },
  { key: "version", label: "Version", width: "78px", from: "desktop", render: (row) => `v${row.version}` },
];

export function WorkflowsPage() {
  const search = route.useSearch();
  const { q, kind, active, failing } = search;
  const is_active = active && active === "yes";
  const list = useInfiniteQuery(workflowsQuery({ q, kind, is_active, failing: failing && true }));
  const rows = rowsOf(list.data);
  const creating = useCreateWorkflow();
  const create = (
    <IfMay scope="workflows:write">
      <WriteButton leftSection={<Plus size={15} />} loading={creating.isPending} onClick={() => creating.mutate()}>
        New workflow
      </WriteButton>
    </IfMay>
  );
  const isNarrowed = Object.values(search).some(Boolean);
  return (
    <Page title="Workflows" actions={create}>
      <Stack gap="md">
        <WorkflowFilters search={search} />
        {list.error && !list.data && <Problem error={list.error} onRetry={list.refetch} />}
        {list.isPending && !list.error && <Loading lines={8} />}
        {list.data && rows.length === 0 && (
          <Empty
            title={isNarrowed ? "No workflow is like this" : "No workflow yet"}
            action={!isNarrowed && create}
            request={{
              path: "/workflows",
              body: {
                name: "Hello",
                trigger: true,
                graph: { nodes: [{ id: "start", type: "start", position: { x: 0, y: 0 }, data: {} }], edges: [] },
              },
            }}
          >
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
              <Link to="/workflows/$workflowId" params={{ workflowId: row.id }} className="row-link" title={row.name}>
                {content}
              </Link>
            )}
            hasMore={list.hasNextPage}
            isLoadingMore={list.isFetchingNextPage}
            onMore={list.fetchNextPage}
            filterKey={JSON.stringify(search)}
          />
        )}
      </Stack>
    </Page>
  );
}

function Starts({ row }: { row: WorkflowSummary }) {
  const text = row.is_active ? startText(row.trigger, row.schedule) : "Switched off";
  return (
    <span className="quiet" title={text}>
      {text}
    </span>
  );
}

function Last({ row }: { row: WorkflowSummary }) {
  if (!row.last_execution) return <span className="quiet">Never ran</span>;
  return (
    <span style={{ display: "inline-flex", gap: 8, alignItems: "center" }}>
      <StatusBadge status={row.last_execution.status} />
      <Time at={row.last_execution.created_at} />
    </span>
  );
}
