/** The head of an execution: what it is, how it stands, why it waits or failed, and what can be done. */

import { Group, Text, Title } from "@mantine/core";
import { useDocumentTitle } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import type { WholeExecution } from "../api/executions";
import { lookOf } from "../status";
import { Id, shortId } from "../ui/Copy";
import { StatusBadge } from "../ui/StatusBadge";
import { Duration, Time } from "../ui/Time";
import { Commands } from "./Commands";
import { Failure } from "./Failure";
import { WhyWaiting } from "./WhyWaiting";

export function ExecutionHeader({ execution }: { execution: WholeExecution }) {
  useDocumentTitle(`${lookOf(execution.status).word} · ${execution.workflow_name} · Trigraph`);
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
      <Facts execution={execution} />
      <Failure execution={execution} />
      <WhyWaiting execution={execution} />
    </header>
  );
}

function Facts({ execution }: { execution: WholeExecution }) {
  return (
    <Group component="dl" gap="lg" className="facts">
      <Fact name="Execution">
        <Id id={execution.id} />
      </Fact>
      <Fact name="Version">v{execution.version}</Fact>
      <Fact name="Started by">
        <Origin execution={execution} />
      </Fact>
      <Fact name="Started">
        <Time at={execution.started_at ?? execution.created_at} />
      </Fact>
      <Fact name="Took">
        <Duration from={execution.started_at} to={execution.finished_at} />
      </Fact>
      {!!execution.forks?.length && (
        <Fact name="Forks">
          <Link to="/executions" search={{ forkedFrom: execution.id }}>
            {execution.forks.length}
          </Link>
        </Fact>
      )}
    </Group>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" className="quiet">
        {name}
      </Text>
      <Text component="dd" size="sm">
        {children}
      </Text>
    </div>
  );
}

/** What started an execution: an event, another execution, or a person. */
function Origin({ execution }: { execution: WholeExecution }) {
  if (execution.forked_from) return <ForkOrigin id={execution.id} original={execution.forked_from} />;
  if (execution.parent) {
    return <ExecutionLink id={execution.parent.execution_id} text={`node ${execution.parent.node_id} of`} />;
  }
  if (!execution.event_id) return "hand";
  const { event_id, workflow_id, retro } = execution;
  return (
    <>
      <Link to="/events/$eventId" params={{ eventId: event_id }}>
        event <span className="mono">{shortId(event_id)}</span>
      </Link>
      {retro?.backtest_id && (
        <>
          {", after a "}
          <Link
            to="/workflows/$workflowId/backtest"
            params={{ workflowId: workflow_id }}
            search={{ id: retro.backtest_id }}
          >
            backtest
          </Link>
        </>
      )}
    </>
  );
}

function ForkOrigin({ id, original }: { id: string; original: string }) {
  return (
    <>
      <ExecutionLink id={original} text="fork of" />
      {" · "}
      <Link to="/compare" search={{ a: original, b: id }}>
        Compare with original
      </Link>
    </>
  );
}

function ExecutionLink({ id, text }: { id: string; text: string }) {
  return (
    <Link to="/executions/$executionId" params={{ executionId: id }}>
      {text} <span className="mono">{shortId(id)}</span>
    </Link>
  );
}
