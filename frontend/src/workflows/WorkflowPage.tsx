/** One workflow: its graph to edit, its executions, and the triggers that it had. */

import { Badge, Group, Tabs, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import type { CSSProperties } from "react";
import { type Saved, savedQuery } from "../api/definitions";
import { executionsQuery } from "../api/executions";
import { rowsOf } from "../api/pages";
import { EditorTab } from "../editor/EditorTab";
import { ExecutionRows } from "../executions/ExecutionRows";
import { Empty } from "../ui/Empty";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";

const route = getRouteApi("/workflows/$workflowId");

export function WorkflowPage() {
  const { workflowId } = route.useParams();
  const { tab = "editor" } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: saved, error, refetch } = useQuery(savedQuery(workflowId));
  if (!saved) {
    return (
      <Page title="Workflow">
        {error ? <Problem error={error} onRetry={refetch} /> : <Loading lines={6} height={60} />}
      </Page>
    );
  }
  const { workflow } = saved;
  return (
    <Page title={workflow.name} actions={<Facts saved={saved} />}>
      {workflow.description && (
        <Text className="quiet" mb="sm">
          {workflow.description}
        </Text>
      )}
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(next) => navigate({ search: { tab: next === "executions" ? next : undefined }, replace: true })}
      >
        <Tabs.List mb="md">
          <Tabs.Tab value="editor">Graph</Tabs.Tab>
          <Tabs.Tab value="executions">Executions</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="editor">
          <EditorTab saved={saved} />
        </Tabs.Panel>
        <Tabs.Panel value="executions">
          <Executions workflowId={workflowId} />
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

function Facts({ saved: { workflow } }: { saved: Saved }) {
  const look = workflow.is_active ? "var(--status-completed)" : "var(--status-skipped)";
  return (
    <Group gap="xs">
      <Badge variant="outline" color="gray">
        {workflow.kind}
      </Badge>
      <span className="status" style={{ "--look": look } as CSSProperties}>
        {workflow.is_active ? "Active" : "Inactive"}
      </span>
      <Text size="sm" className="quiet">
        Version {workflow.version}
      </Text>
      <Link to="/workflows/$workflowId/backtest" params={{ workflowId: workflow.id }} style={{ fontSize: "0.8125rem" }}>
        Backtest the trigger
      </Link>
    </Group>
  );
}

function Executions({ workflowId }: { workflowId: string }) {
  const list = useInfiniteQuery(executionsQuery({ workflow_id: workflowId }));
  const rows = rowsOf(list.data);
  if (list.error && !list.data) return <Problem error={list.error} onRetry={list.refetch} />;
  if (!list.data) return <Loading lines={6} />;
  if (rows.length === 0) return <Empty title="It has not run yet">An event that its trigger matches starts it.</Empty>;
  return (
    <ExecutionRows
      label="Executions of this workflow"
      rows={rows}
      hasMore={list.hasNextPage}
      isLoadingMore={list.isFetchingNextPage}
      onMore={list.fetchNextPage}
    />
  );
}
