/** What started an execution: an event, another execution, or a person. */

import { Link } from "@tanstack/react-router";
import type { WholeExecution } from "../api/executions";
import { shortId } from "../ui/Copy";

export function Origin({ execution }: { execution: WholeExecution }) {
  if (execution.forked_from) return "a fork";
  if (execution.parent) {
    return <ExecutionLink id={execution.parent.execution_id} text={`node ${execution.parent.node_id} of`} />;
  }
  if (execution.test) return testText(execution.test);
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

/** What is tested. */
function testText({ only, until }: NonNullable<WholeExecution["test"]>): string {
  return only ? `test of ${only} only` : `test${until ? ` up to ${until}` : ""}`;
}

function ExecutionLink({ id, text }: { id: string; text: string }) {
  return (
    <Link to="/executions/$executionId" params={{ executionId: id }}>
      {text} <span className="mono">{shortId(id)}</span>
    </Link>
  );
}
