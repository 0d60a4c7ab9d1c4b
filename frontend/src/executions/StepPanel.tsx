/** One node in an execution: its visits, and of one of them all that went in and came out. */

import { ActionIcon, Group, Text, Title } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { X } from "lucide-react";
import { visitQuery, type WholeStep } from "../api/steps";
import { ForkButton } from "../fork/ForkDialog";
import { useShortcut } from "../shell/shortcuts";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { Children } from "./Children";
import { PreviousVisit } from "./PreviousVisit";
import { StepDetail } from "./StepDetail";
import { TestData } from "./TestData";
import { useChosenStep } from "./useChosenStep";
import type { Followed } from "./useExecution";
import { VisitPicker } from "./VisitPicker";

interface StepPanelProps {
  id: string;
  nodeId: string;
  stepId: string | undefined;
  followed: Followed;
  onSelect: (nodeId: string | undefined, stepId?: string) => void;
}

export function StepPanel({ id, nodeId, stepId, followed, onSelect }: StepPanelProps) {
  const node = followed.graph.data?.nodes.find((each) => each.id === nodeId);
  const line = followed.lines.get(nodeId);
  const chosen = useChosenStep(id, nodeId, stepId, line);
  const step = chosen.step.data?.node_id === nodeId ? chosen.step.data : undefined;
  const goTo = useVisit(id, nodeId, (found) => onSelect(nodeId, found));
  useShortcut("Escape", "Close the panel", () => onSelect(undefined), "Execution");
  const isKnown = line !== undefined || followed.nodes.length > 0;
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
      {chosen.error && !step && <Problem error={chosen.error} onRetry={chosen.refetch} />}
      {line && !step && !chosen.error && <Loading lines={3} />}
      {!line && isKnown && (
        <Text size="sm" className="quiet">
          The execution has not come to this node.
        </Text>
      )}
      {line && step && (
        <VisitPicker
          line={line}
          step={step}
          failures={chosen.failures}
          onVisit={goTo}
          onStep={(found) => onSelect(nodeId, found)}
        />
      )}
      {step && <Actions followed={followed} step={step} />}
      {step && <Children executionId={id} step={step} />}
      {step && <StepDetail executionId={id} step={step} followed={followed} onSelect={onSelect} />}
    </aside>
  );
}

function Actions({ followed, step }: { followed: Followed; step: WholeStep }) {
  const execution = followed.execution.data;
  return (
    <Group gap="xs">
      {execution && step.status !== "SKIPPED" && <ForkButton execution={execution} stepId={step.id} />}
      {execution && <TestData execution={execution} step={step} />}
      {step.visit > 1 && <PreviousVisit step={step} />}
    </Group>
  );
}

/** Finds the newest attempt of a visit, and has it shown. */
function useVisit(id: string, nodeId: string, onFound: (stepId: string) => void): (visit: number) => void {
  const queries = useQueryClient();
  return async (visit) => {
    const lines = await queries.fetchQuery(visitQuery(id, nodeId, visit));
    const found = lines[lines.length - 1];
    if (found) onFound(found.id);
  };
}
