/** Why an execution does not go on: the root cause first, each with what can be done about it. */

import { Button, Collapse, Group, Text } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Hourglass } from "lucide-react";
import { type WaitCause, type WholeExecution, whyQuery } from "../api/executions";
import { Time } from "../ui/Time";

/** Causes that are shown at once. */
const SHOWN = 3;

export function WhyWaiting({ execution }: { execution: WholeExecution }) {
  const { data: why } = useQuery(whyQuery(execution.id, execution.status));
  const [isOpen, more] = useDisclosure(false);
  const causes = why?.causes ?? [];
  if (!why || causes.every((cause) => cause.kind === "ended")) return null;
  if (causes.every((cause) => cause.kind === "running") && causes.length < 2) return null;
  return (
    <section
      className="notice"
      data-tone={execution.status === "PAUSED" ? "paused" : "waiting"}
      aria-label="Why it waits"
    >
      <Hourglass size={17} aria-hidden />
      <div>
        {causes.length === 0 && <Text size="sm">{why.sentence}</Text>}
        <Causes causes={causes.slice(0, SHOWN)} />
        {causes.length > SHOWN && (
          <>
            <Collapse expanded={isOpen}>
              <Causes causes={causes.slice(SHOWN)} />
            </Collapse>
            <Button size="compact-xs" variant="subtle" onClick={more.toggle}>
              {isOpen ? "Show fewer" : `Show ${causes.length - SHOWN} more`}
            </Button>
          </>
        )}
      </div>
    </section>
  );
}

function Causes({ causes }: { causes: WaitCause[] }) {
  return (
    <ul className="causes">
      {causes.map((cause) => (
        <li key={`${cause.kind} ${cause.sentence}`}>
          <Cause cause={cause} />
        </li>
      ))}
    </ul>
  );
}

function Cause({ cause }: { cause: WaitCause }) {
  return (
    <>
      <Text size="sm">{cause.sentence}</Text>
      <Group gap="sm">
        {cause.until && (
          <Text size="xs" className="quiet">
            <Time at={cause.until} />
          </Text>
        )}
        {cause.kind === "approval" && (
          <Link to="/approvals" className="small-link">
            Open the inbox
          </Link>
        )}
        {cause.execution_id && (
          <Link to="/executions/$executionId" params={{ executionId: cause.execution_id }} className="small-link">
            Open the other execution
          </Link>
        )}
      </Group>
      {cause.causes.length > 0 && <Causes causes={cause.causes} />}
    </>
  );
}
