/** The forks of an execution, and what it is a fork of itself. */

import { Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { GitFork } from "lucide-react";
import { Fragment } from "react";
import type { WholeExecution } from "../api/executions";
import { shortId } from "../ui/Copy";

/** Forks that are named; a list has the rest. */
const NAMED = 3;

export function Kinship({ execution }: { execution: WholeExecution }) {
  const { forked_from, forks = [] } = execution;
  return (
    <>
      {forked_from && (
        <Line>
          Fork of <ExecutionLink id={forked_from} />
          <Beginning execution={execution} original={forked_from} />
          {" · "}
          <Link to="/compare" search={{ a: forked_from, b: execution.id }}>
            Compare with original
          </Link>
        </Line>
      )}
      {forks.length > 0 && (
        <Line>
          Forked as{" "}
          {forks.slice(0, NAMED).map((id, index) => (
            <Fragment key={id}>
              {index > 0 && ", "}
              <ExecutionLink id={id} />
            </Fragment>
          ))}
          {forks.length > NAMED && (
            <>
              {" and "}
              <Link to="/executions" search={{ forkedFrom: execution.id }}>
                {forks.length - NAMED} more
              </Link>
            </>
          )}
        </Line>
      )}
    </>
  );
}

/** From which step it was forked: a link to that step of the original. */
function Beginning({ execution, original }: { execution: WholeExecution; original: string }) {
  const began = execution.forked_at;
  if (!began) return null;
  return (
    <>
      {" from "}
      <Link
        to="/executions/$executionId"
        params={{ executionId: original }}
        search={{ node: began.node_id, step: began.original_step_id ?? undefined }}
      >
        <em>{began.node_id}</em>
      </Link>
      {began.visit > 1 && `, visit ${began.visit}`}
    </>
  );
}

function Line({ children }: { children: React.ReactNode }) {
  return (
    <Text size="sm" component="p" className="kinship">
      <GitFork size={15} aria-hidden /> <span>{children}</span>
    </Text>
  );
}

function ExecutionLink({ id }: { id: string }) {
  return (
    <Link to="/executions/$executionId" params={{ executionId: id }} className="mono" title={id}>
      {shortId(id)}
    </Link>
  );
}
