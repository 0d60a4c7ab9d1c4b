/** The head of an execution: what it is, how it stands, why it waits or failed, and what can be done. */

import { Group, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { WholeExecution } from "../api/executions";
import { lookOf } from "../status";
import { shortId } from "../ui/Copy";
import { StatusBadge } from "../ui/StatusBadge";
import { usePageTitle } from "../ui/usePageTitle";
import { Commands } from "./Commands";
import { Facts } from "./Facts";
import { Failure } from "./Failure";
import { Kinship } from "./Kinship";
import type { Followed } from "./useExecution";
import { WhyWaiting } from "./WhyWaiting";

interface ExecutionHeaderProps {
  execution: WholeExecution;
  followed: Followed;
}

export function ExecutionHeader({ execution, followed }: ExecutionHeaderProps) {
  usePageTitle(`${execution.workflow_name} ${shortId(execution.id)}`, `${lookOf(execution.status).word} · `);
  return (
    <header className="execution-head">
      <Group justify="space-between" gap="sm" wrap="wrap">
        <Group gap="sm" wrap="nowrap" style={{ minWidth: 0 }}>
          <Title order={1} className="cut">
            <Link to="/workflows/$workflowId" params={{ workflowId: execution.workflow_id }} className="plain-link">
              {execution.workflow_name}
            </Link>
          </Title>
          <StatusBadge status={execution.status} />
        </Group>
        <Commands execution={execution} />
      </Group>
      <Facts execution={execution} followed={followed} />
      <Kinship execution={execution} />
      <Failure execution={execution} />
      <WhyWaiting execution={execution} />
    </header>
  );
}
