/** One node in an execution: its steps, and of one of them all that went in and came out. */

import { ActionIcon, Group, Select, Text, Title } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { rowsOf } from "../api/pages";
import { type StepLine, stepLinesQuery } from "../api/steps";
import { ForkButton } from "../fork/ForkDialog";
import { useShortcut } from "../shell/shortcuts";
import { lookOf } from "../status";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { Children } from "./Children";
import { StepDetail } from "./StepDetail";
import type { Followed } from "./useExecution";

interface StepPanelProps {
  id: string;
  nodeId: string;
  stepId: string | undefined;
  followed: Followed;
  onSelect: (nodeId: string | undefined, stepId?: string) => void;
}

export function StepPanel({ id, nodeId, stepId, followed, onSelect }: StepPanelProps) {
  const list = useInfiniteQuery(stepLinesQuery(id, { node_id: nodeId }));
  const steps = rowsOf(list.data).filter((each) => each.node_id === nodeId);
  const node = followed.graph.data?.nodes.find((each) => each.id === nodeId);
  const step = steps.find((each) => each.id === stepId) ?? firstToShow(steps);
  useShortcut("Escape", "Close the panel", () => onSelect(undefined), "Execution");
  return (
    <aside className="step-panel panel" aria-label={`Node ${nodeId}`}>
      <Group justify="space-between" wrap="nowrap" align="flex-start" gap="xs">
        <div style={{ minWidth: 0 }}>
          <Title order={2} className="cut">
            {node?.title ?? nodeId}
          </Title>
          <Text size="xs" className="quiet cut">
            {node?.type ?? step?.type} {node && node.title !== nodeId && `· ${nodeId}`}
          </Text>
        </div>
        <ActionIcon variant="subtle" color="gray" aria-label="Close the panel" onClick={() => onSelect(undefined)}>
          <X size={17} />
        </ActionIcon>
      </Group>
      {list.error && !list.data && <Problem error={list.error} onRetry={list.refetch} />}
      {list.isPending && !list.error && <Loading lines={3} />}
      {list.data && !step && (
        <Text size="sm" className="quiet">
          The execution has not come to this node.
        </Text>
      )}
      {steps.length > 1 && step && (
        <Select
          size="xs"
          label={`${steps.length}${list.hasNextPage ? " or more" : ""} steps`}
          value={step.id}
          allowDeselect={false}
          searchable={steps.length > 10}
          limit={100}
          data={failuresFirst(steps).map((each) => ({ value: each.id, label: nameOf(each) }))}
          onChange={(value) => value && onSelect(nodeId, value)}
        />
      )}
      {step && followed.execution.data && (
        <Group>
          <ForkButton execution={followed.execution.data} stepId={step.id} />
        </Group>
      )}
      {step && <Children executionId={id} step={step} />}
      {step && <StepDetail executionId={id} step={step} data={node?.data} />}
    </aside>
  );
}

/** The newest step that failed, else the newest one. */
function firstToShow(steps: StepLine[]): StepLine | undefined {
  const newest = steps[steps.length - 1];
  return newest?.status === "COMPLETED" || newest?.status === "RUNNING"
    ? newest
    : (steps.findLast((step) => step.status === "FAILED") ?? newest);
}

function failuresFirst(steps: StepLine[]): StepLine[] {
  const failed = (step: StepLine) => (step.status === "FAILED" ? 0 : 1);
  return [...steps].sort((a, b) => failed(a) - failed(b));
}

function nameOf(step: StepLine): string {
  return `Visit ${step.visit}, attempt ${step.attempt}: ${lookOf(step.status).word.toLowerCase()}`;
}
