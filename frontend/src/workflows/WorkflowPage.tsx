/** One workflow: its graph to edit, its executions, its versions, and its settings. */

import { Stack, Tabs, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useEffect } from "react";
import { savedQuery } from "../api/definitions";
import { executionsQuery } from "../api/executions";
import { rowsOf } from "../api/pages";
import { EditorTab } from "../editor/EditorTab";
import { ExecutionRows } from "../executions/ExecutionRows";
import { oneOf } from "../search";
import { Empty } from "../ui/Empty";
import { Loading } from "../ui/Loading";
import { MissingOrProblem } from "../ui/Missing";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import { NameField } from "./NameField";
import { TABS } from "./search";
import { WorkflowHeader } from "./WorkflowHeader";

const Grid = lazy(() => import("./Grid"));
const SettingsTab = lazy(() => import("./SettingsTab"));
const VersionsTab = lazy(() => import("./VersionsTab"));

const route = getRouteApi("/workflows/$workflowId");

export function WorkflowPage() {
  const { workflowId } = route.useParams();
  const { tab = "editor" } = route.useSearch();
  const navigate = route.useNavigate();
  const { data: saved, error, refetch } = useQuery(savedQuery(workflowId));
  const isShown = saved !== undefined;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another tab is another element
  useEffect(() => {
    showWhole(document.querySelector('main [role="tab"][aria-selected="true"]'));
  }, [tab, isShown]);
  if (!saved) {
    return (
      <Page title="Workflow">
        {error ? (
          <MissingOrProblem kind="workflow" error={error} onRetry={refetch} />
        ) : (
          <Loading lines={6} height={60} />
        )}
      </Page>
    );
  }
  const { workflow } = saved;
  return (
    <Page
      title={workflow.name}
      heading={<bdi style={{ overflowWrap: "anywhere" }}>{workflow.name}</bdi>}
      beside={<NameField saved={saved} />}
      actions={<WorkflowHeader saved={saved} />}
    >
      {workflow.description && (
        <Text className="quiet" mb="sm">
          {workflow.description}
        </Text>
      )}
      <Tabs
        value={tab}
        keepMounted={false}
        onChange={(next) =>
          navigate({ search: { tab: next === "editor" ? undefined : oneOf(next, TABS) }, replace: true })
        }
      >
        <Tabs.List mb="md" aria-label="Parts of the workflow" onFocus={(event) => showWhole(event.target)}>
          <Tabs.Tab value="editor">Graph</Tabs.Tab>
          <Tabs.Tab value="trigger">Trigger</Tabs.Tab>
          <Tabs.Tab value="executions">Executions</Tabs.Tab>
          <Tabs.Tab value="versions">Versions</Tabs.Tab>
          <Tabs.Tab value="settings">Settings</Tabs.Tab>
        </Tabs.List>
        {/* One panel for both tabs, so that they show one draft. */}
        <Tabs.Panel value={tab === "trigger" ? tab : "editor"}>
          <EditorTab saved={saved} shown={tab === "trigger" ? tab : "editor"} />
        </Tabs.Panel>
        <Tabs.Panel value="executions">
          <Stack gap="md">
            <Suspense>
              <Grid workflowId={workflowId} />
            </Suspense>
            <Executions workflowId={workflowId} />
          </Stack>
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <Suspense fallback={<Loading lines={5} />}>
            <VersionsTab saved={saved} />
          </Suspense>
        </Tabs.Panel>
        <Tabs.Panel value="settings">
          <Suspense fallback={<Loading lines={5} />}>
            <SettingsTab key={workflow.id} saved={saved} />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
    </Page>
  );
}

/** Scroll a row of tabs so that this one is not cut. */
function showWhole(tab: Element | null): void {
  tab?.scrollIntoView({ block: "nearest", inline: "nearest" });
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
