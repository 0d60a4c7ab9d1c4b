/** One of two executions: what it is, and how it stands. */

import { Group, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { WholeExecution } from "../api/executions";
import { messageOf } from "../api/problems";
import { versionText } from "../executions/versionText";
import { shortId } from "../ui/Copy";
import { StatusBadge } from "../ui/StatusBadge";
import { Duration, Time } from "../ui/Time";

interface SideProps {
  name: "A" | "B";
  id: string;
  execution: WholeExecution | undefined;
  error: unknown;
}

export function Side({ name, id, execution, error }: SideProps) {
  return (
    <section className="panel side" aria-label={`Execution ${name}`}>
      <Group gap="sm" wrap="nowrap">
        <span className="side-letter" data-side={name}>
          {name}
        </span>
        <Link to="/executions/$executionId" params={{ executionId: id }} className="cut">
          {execution?.workflow_name ?? "Execution"} <span className="mono">{shortId(id)}</span>
        </Link>
        {execution && <StatusBadge status={execution.status} />}
      </Group>
      {execution && (
        <Text size="sm" className="quiet">
          {versionText(execution.version)} · started <Time at={execution.started_at ?? execution.created_at} /> · took{" "}
          <Duration from={execution.started_at} to={execution.finished_at} />
          {execution.forked_from && (
            <>
              {" "}
              · fork of <span className="mono">{shortId(execution.forked_from)}</span>
            </>
          )}
        </Text>
      )}
      {!execution && error != null && (
        <Text size="sm" className="quiet">
          {messageOf(error)}
        </Text>
      )}
    </section>
  );
}
