/** One visit of a node in both executions: how inputs and outputs differ, and the conditions of a branch side by side. */

import { ActionIcon, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { X } from "lucide-react";
import type { ComparedNode } from "../api/compare";
import { stepQuery, type WholeStep } from "../api/steps";
import { Diff } from "../ui/Diff";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { StatusBadge } from "../ui/StatusBadge";
import { TwoTrees } from "./TwoTrees";

interface NodeDetailProps {
  node: ComparedNode;
  ids: [string, string];
  onClose: () => void;
}

export function NodeDetail({ node, ids, onClose }: NodeDetailProps) {
  const a = useSide(ids[0], node.step_ids[0]);
  const b = useSide(ids[1], node.step_ids[1]);
  const error = a.error ?? b.error;
  const isLoading = (node.step_ids[0] && !a.data) || (node.step_ids[1] && !b.data);
  return (
    <aside className="panel node-detail" aria-label={`Node ${node.node_id} in both`}>
      <Group justify="space-between" wrap="nowrap">
        <Title order={2} className="cut">
          {node.node_id}
          {node.visit > 1 && <span className="quiet"> visit {node.visit}</span>}
        </Title>
        <ActionIcon variant="subtle" color="gray" aria-label="Close the node" onClick={onClose}>
          <X size={17} />
        </ActionIcon>
      </Group>
      <Group gap="md">
        {(["A", "B"] as const).map((side, index) => (
          <SideStatus key={side} side={side} id={ids[index] ?? ""} node={node} index={index} />
        ))}
      </Group>
      {error && <Problem error={error} />}
      {!error && isLoading && <Loading lines={3} />}
      {!error && !isLoading && <Parts node={node} a={a.data} b={b.data} />}
    </aside>
  );
}

function useSide(executionId: string, stepId: string | null | undefined) {
  return useQuery({ ...stepQuery(executionId, stepId ?? ""), enabled: !!stepId });
}

interface SideStatusProps {
  side: "A" | "B";
  id: string;
  node: ComparedNode;
  index: number;
}

function SideStatus({ side, id, node, index }: SideStatusProps) {
  const status = node.status[index];
  const step = node.step_ids[index] ?? undefined;
  return (
    <Text size="sm" component="div">
      {side}{" "}
      {status ? (
        <Link to="/executions/$executionId" params={{ executionId: id }} search={{ node: node.node_id, step }}>
          <StatusBadge status={status} />
        </Link>
      ) : (
        <span className="quiet">did not come here</span>
      )}
    </Text>
  );
}

const PARTS = ["input", "output", "error", "parameters"] as const;

function Parts({ node, a, b }: { node: ComparedNode; a: WholeStep | undefined; b: WholeStep | undefined }) {
  return (
    <Stack gap="md">
      {node.step_ids[0] && node.step_ids[1] && a?.type === "branch" && <TwoTrees a={a} b={b} />}
      {PARTS.filter((part) => a?.[part] != null || b?.[part] != null).map((part) => (
        <section key={part}>
          <Title order={3} size="sm" mb={4} tt="capitalize">
            {part}
          </Title>
          <Diff a={a?.[part] ?? null} b={b?.[part] ?? null} label={`Difference of the ${part}`} names={["A", "B"]} />
        </section>
      ))}
    </Stack>
  );
}
