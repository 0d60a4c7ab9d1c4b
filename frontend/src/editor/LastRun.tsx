/** What a node did in the newest execution that has it: input, output, error and time. */

import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { lastRunQuery } from "../api/lastRun";
import { shownStepQuery } from "../api/steps";
import { StepDetail } from "../executions/StepDetail";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";

interface LastRunProps {
  workflowId: string;
  nodeId: string;
  /** The version that is edited. */
  version: number;
}

export function LastRun({ workflowId, nodeId, version }: LastRunProps) {
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(lastRunQuery(workflowId, nodeId));
  const whole = useQuery(shownStepQuery(data?.execution.id ?? "", data?.step.id));
  if (error && !data) return <Problem error={error} onRetry={refetch} />;
  if (data === undefined) return <Loading lines={3} />;
  if (data === null) {
    return (
      <Text size="sm" className="quiet">
        None of the newest executions has a step of this node.
      </Text>
    );
  }
  const { execution, step } = data;
  const show = (node: string, stepId?: string) =>
    navigate({
      to: "/executions/$executionId",
      params: { executionId: execution.id },
      search: { tab: "steps", node, step: stepId },
    });
  return (
    <Stack gap="xs" className="last-run">
      <Text size="sm">
        <Link
          to="/executions/$executionId"
          params={{ executionId: execution.id }}
          search={{ tab: "steps", node: nodeId, step: step.id }}
        >
          Execution {execution.id.slice(0, 8)}
        </Link>{" "}
        of version {execution.version}
        {execution.version === version ? "" : `; you edit version ${version}`}
      </Text>
      {whole.error && <Problem error={whole.error} onRetry={whole.refetch} />}
      {whole.data && <StepDetail executionId={execution.id} step={whole.data} onSelect={show} />}
    </Stack>
  );
}
