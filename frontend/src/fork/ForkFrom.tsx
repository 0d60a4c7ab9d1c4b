/** The step from which a fork begins, by its node and its visit. */

import { Group, Select, Text } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type NodeLine, nodesQuery } from "../api/executions";
import { visitQuery, type WholeStep } from "../api/steps";
import { lookOf } from "../status";
import { NumberField } from "../ui/NumberField";

interface ForkFromProps {
  executionId: string;
  step: WholeStep | undefined;
  onChoose: (stepId: string) => void;
}

export function ForkFrom({ executionId, step, onChoose }: ForkFromProps) {
  const queries = useQueryClient();
  const { data } = useQuery(nodesQuery(executionId));
  const lines = data?.nodes.filter((line) => line.status !== "SKIPPED") ?? [];
  const line = lines.find((each) => each.node_id === step?.node_id);
  const choose = async (nodeId: string, visit: number) => {
    const found = await queries.fetchQuery(visitQuery(executionId, nodeId, visit));
    const last = found[found.length - 1];
    if (last) onChoose(last.id);
  };
  const chooseNode = (nodeId: string | null) => {
    const chosen = lines.find((each) => each.node_id === nodeId);
    if (chosen) void choose(chosen.node_id, chosen.visits);
  };
  return (
    <Group align="flex-end" gap="sm" wrap="nowrap">
      <Select
        label="From the step"
        style={{ flex: 1 }}
        value={step?.node_id ?? null}
        allowDeselect={false}
        searchable
        limit={100}
        data={lines.map((each) => ({ value: each.node_id, label: nameOf(each) }))}
        onChange={chooseNode}
      />
      {line && step && line.visits > 1 && (
        <NumberField
          key={`${step.node_id} ${step.visit}`}
          label={`Visit of ${line.visits.toLocaleString()}`}
          w={120}
          max={line.visits}
          defaultValue={step.visit}
          onBlur={(event) => void chooseVisit(line, event.currentTarget.value, choose)}
          onKeyDown={(event) => event.key === "Enter" && void chooseVisit(line, event.currentTarget.value, choose)}
        />
      )}
      {data && lines.length === 0 && <Text className="quiet">The execution has no step yet.</Text>}
    </Group>
  );
}

function chooseVisit(line: NodeLine, text: string, choose: (nodeId: string, visit: number) => Promise<void>) {
  const visit = Number(text);
  return Number.isInteger(visit) && visit >= 1 && visit <= line.visits ? choose(line.node_id, visit) : undefined;
}

function nameOf(line: NodeLine): string {
  const visits = line.visits > 1 ? `, ${line.visits} visits` : "";
  return `${line.node_id}${visits}: ${lookOf(line.status).word.toLowerCase()}`;
}
