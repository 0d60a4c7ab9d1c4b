/** The executions that a step has started: how they stand, and those that failed first. */

import { Group, Text } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Execution, executionCountsQuery, executionsQuery } from "../api/executions";
import { rowsOf } from "../api/pages";
import type { WholeStep } from "../api/steps";
import { shortId } from "../ui/Copy";
import { StatusBadge } from "../ui/StatusBadge";

const TYPES = new Set(["for_each", "sub_workflow"]);
/** Children that are listed here. */
const SHOWN = 8;

export function Children({ executionId, step }: { executionId: string; step: WholeStep }) {
  const isParent = TYPES.has(step.type);
  const counts = useQuery({ ...executionCountsQuery({ parent_id: executionId }), enabled: isParent });
  const failed = useInfiniteQuery({
    ...executionsQuery({ parent_id: executionId, status: "FAILED" }),
    enabled: isParent,
  });
  const all = useInfiniteQuery({ ...executionsQuery({ parent_id: executionId }), enabled: isParent });
  if (!isParent || !counts.data) return null;
  const children = [...rowsOf(failed.data), ...rowsOf(all.data).filter((child) => child.status !== "FAILED")];
  const own = children.filter((child) => child.parent?.node_id === step.node_id);
  return (
    <div className="children">
      <Group gap="xs">
        {Object.entries(counts.data)
          .filter(([, count]) => count > 0)
          .map(([status, count]) => (
            <Link
              key={status}
              to="/executions"
              search={{ parent: executionId, status }}
              className="plain-link"
              title={`Executions that this one has started: ${status.toLowerCase()}`}
            >
              {count > 1000 ? "1000+" : count} <StatusBadge status={status} />
            </Link>
          ))}
      </Group>
      <ul>
        {own.slice(0, SHOWN).map((child) => (
          <li key={child.id}>
            <Child child={child} />
          </li>
        ))}
      </ul>
      {own.length > SHOWN && (
        <Text size="xs">
          <Link to="/executions" search={{ parent: executionId }}>
            All executions that it has started
          </Link>
        </Text>
      )}
    </div>
  );
}

function Child({ child }: { child: Execution }) {
  return (
    <Link to="/executions/$executionId" params={{ executionId: child.id }} className="plain-link child">
      <StatusBadge status={child.status} />
      <span className="cut">
        {child.parent ? `Item ${child.parent.index}` : child.workflow_name}{" "}
        <span className="mono quiet">{shortId(child.id)}</span>
      </span>
    </Link>
  );
}
