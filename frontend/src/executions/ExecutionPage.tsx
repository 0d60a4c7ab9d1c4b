/** One execution: its graph, its timeline and its steps, live. */

import { Tabs } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { firstFailedQuery } from "../api/steps";
import { ErrorBoundary } from "../shell/ErrorBoundary";
import { useShortcut } from "../shell/shortcuts";
import { Loading } from "../ui/Loading";
import { MissingOrProblem } from "../ui/Missing";
import { Page } from "../ui/Page";
import { Announce } from "./Announce";
import { ExecutionHeader } from "./ExecutionHeader";
import { type Followed, useExecution } from "./useExecution";
import "./execution.css";

const route = getRouteApi("/executions/$executionId");
const GraphTab = lazy(() => import("./GraphTab"));
// A graph is drawn before anything else is loaded.
const Timeline = lazy(() => import("./Timeline").then((file) => ({ default: file.Timeline })));
const StepsTable = lazy(() => import("./StepsTable").then((file) => ({ default: file.StepsTable })));
const StepPanel = lazy(() => import("./StepPanel").then((file) => ({ default: file.StepPanel })));
const TABS = ["graph", "timeline", "steps"] as const;
export type Tab = (typeof TABS)[number];

export function ExecutionPage() {
  const { executionId } = route.useParams();
  const followed = useExecution(executionId);
  const { execution } = followed;
  if (execution.error && !execution.data) {
    return (
      <Page title="Execution">
        <MissingOrProblem kind="execution" error={execution.error} onRetry={execution.refetch} />
      </Page>
    );
  }
  if (!execution.data) {
    return (
      <Page title="Execution">
        <Loading lines={3} height={96} />
      </Page>
    );
  }
  return (
    <div className="execution">
      <ExecutionHeader execution={execution.data} followed={followed} />
      <Announce nodes={followed.nodes} />
      <Body id={executionId} followed={followed} />
    </div>
  );
}

function Body({ id, followed }: { id: string; followed: Followed }) {
  const { tab = "graph", node, step } = route.useSearch();
  const navigate = route.useNavigate();
  const isPhone = useMediaQuery("(max-width: 599px)", false, { getInitialValueInEffect: false });
  const show = (next: Tab) => navigate({ search: (old) => ({ ...old, tab: next }), replace: true });
  const select = (nodeId: string | undefined, stepId?: string) =>
    navigate({ search: (old) => ({ ...old, node: nodeId, step: stepId }), replace: true });
  useTabKeys(show, useFirstFailed(id, select));
  const panel = node && (
    <Suspense>
      <StepPanel id={id} nodeId={node} stepId={step} followed={followed} onSelect={select} />
    </Suspense>
  );
  return (
    <div className="execution-body" data-split={!!panel || undefined}>
      <Tabs value={tab} onChange={(value) => show(value as Tab)} keepMounted={false} className="execution-tabs">
        <Tabs.List aria-label="Views of the execution">
          <Tabs.Tab value="graph">{isPhone ? "Nodes" : "Graph"}</Tabs.Tab>
          <Tabs.Tab value="timeline">Timeline</Tabs.Tab>
          <Tabs.Tab value="steps">
            Steps {followed.steps > 0 && <span className="quiet">{followed.steps}</span>}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="graph">
          <ErrorBoundary name="graph">
            <Suspense fallback={<Loading lines={4} height={80} />}>
              <GraphTab followed={followed} selected={node} onSelect={select} asList={isPhone} />
            </Suspense>
          </ErrorBoundary>
        </Tabs.Panel>
        <Tabs.Panel value="timeline">
          <ErrorBoundary name="timeline">
            <Suspense fallback={<Loading />}>
              <Timeline id={id} followed={followed} selected={node} onSelect={select} />
            </Suspense>
          </ErrorBoundary>
        </Tabs.Panel>
        <Tabs.Panel value="steps">
          <ErrorBoundary name="table">
            <Suspense fallback={<Loading />}>
              <StepsTable id={id} followed={followed} selected={step} onSelect={select} />
            </Suspense>
          </ErrorBoundary>
        </Tabs.Panel>
      </Tabs>
      {panel}
    </div>
  );
}

function useTabKeys(show: (tab: Tab) => void, showFailed: () => void): void {
  useShortcut("1", "Graph", () => show("graph"), "Execution");
  useShortcut("2", "Timeline", () => show("timeline"), "Execution");
  useShortcut("3", "Steps", () => show("steps"), "Execution");
  useShortcut("Shift+f", "First failed step", showFailed, "Execution");
}

/** Shows the first step that failed, if there is one. */
function useFirstFailed(id: string, select: (nodeId: string, stepId: string) => void): () => void {
  const queries = useQueryClient();
  return async () => {
    const [first] = await queries.fetchQuery(firstFailedQuery(id));
    if (first) select(first.node_id, first.id);
  };
}
