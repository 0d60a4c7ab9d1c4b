/** A rule tried on the events of the past: for the trigger of a workflow, or for a rule without one. */

import { Stack } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { backtestQuery } from "../api/backtests";
import { savedQuery } from "../api/definitions";
import { statusOf } from "../api/problems";
import { Empty } from "../ui/Empty";
import { Loading } from "../ui/Loading";
import { Page } from "../ui/Page";
import { Problem } from "../ui/Problem";
import type { BacktestSearch } from "../whatIfRoutes";
import { Result } from "./Result";
import { RuleForm } from "./RuleForm";
import "./backtest.css";

const ofWorkflow = getRouteApi("/workflows/$workflowId/backtest");
const ofRule = getRouteApi("/backtest");

export function WorkflowBacktestPage() {
  const { workflowId } = ofWorkflow.useParams();
  const search = ofWorkflow.useSearch();
  const navigate = ofWorkflow.useNavigate();
  const { data: saved, error, refetch } = useQuery(savedQuery(workflowId));
  const workflow = saved?.workflow;
  const link = (
    <Link to="/workflows/$workflowId" params={{ workflowId }} style={{ fontSize: "0.8125rem" }}>
      Open the workflow
    </Link>
  );
  return (
    <Page title={workflow ? `Backtest: ${workflow.name}` : "Backtest"} actions={workflow && link}>
      {!workflow && (error ? <Problem error={error} onRetry={refetch} /> : <Loading lines={4} height={90} />)}
      {workflow && (
        <Content
          workflowId={workflowId}
          trigger={workflow.trigger}
          search={search}
          onSearch={(next) => navigate({ search: (old) => ({ ...old, ...next }), replace: next.id === undefined })}
        />
      )}
    </Page>
  );
}

export function RuleBacktestPage() {
  const search = ofRule.useSearch();
  const navigate = ofRule.useNavigate();
  return (
    <Page title="Backtest a rule">
      <Content
        search={search}
        onSearch={(next) => navigate({ search: (old) => ({ ...old, ...next }), replace: next.id === undefined })}
      />
    </Page>
  );
}

interface ContentProps {
  workflowId?: string;
  /** The current trigger of the workflow. */
  trigger?: unknown;
  search: BacktestSearch;
  onSearch: (next: BacktestSearch) => void;
}

function Content({ workflowId, trigger, search, onSearch }: ContentProps) {
  const { id, set = "new", rule, range } = search;
  const { data: backtest, error, refetch } = useQuery({ ...backtestQuery(id ?? ""), enabled: id !== undefined });
  if (id !== undefined && !backtest && !error) return <Loading lines={4} height={90} />;
  const first = (id !== undefined && backtest?.rule) || rule || trigger;
  return (
    <Stack gap="lg">
      <RuleForm
        key={backtest?.id ?? "new"}
        workflowId={workflowId}
        rule={first}
        trigger={trigger}
        range={range ?? "week"}
        between={range === "between" && backtest ? backtest : undefined}
        onStart={(started, kind) =>
          onSearch({ id: started, range: kind === "week" ? undefined : kind, rule: undefined, set: undefined })
        }
      />
      {id === undefined && (
        <Empty title="What would another rule have done?">
          A backtest tries the rule on the events of the past, and shows which of them it would match
          {workflowId ? " that the current trigger does not, and which it would lose." : "."} It starts nothing.
        </Empty>
      )}
      {id !== undefined && error && !backtest && (
        <Problem error={error} onRetry={statusOf(error) === 404 ? undefined : refetch} />
      )}
      {id !== undefined && backtest && (
        <Result
          backtest={backtest}
          set={set}
          onSet={(next) => onSearch({ set: next === "new" ? undefined : next })}
          onForget={() => onSearch({ id: undefined, set: undefined })}
        />
      )}
    </Stack>
  );
}
