/** The way from a step to the editor, where its node is tested with the input that the step had. */

import { Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { WholeExecution } from "../api/executions";
import { useMay } from "../api/me";
import type { WholeStep } from "../api/steps";

export function TestData({ execution, step }: { execution: WholeExecution; step: WholeStep }) {
  const may = useMay();
  if (!may("workflows:write") || !may("executions:write")) return null;
  return (
    <Button
      size="xs"
      variant="default"
      renderRoot={(props) => (
        <Link
          to="/workflows/$workflowId"
          params={{ workflowId: execution.workflow_id }}
          search={{ test: step.id, node: step.node_id }}
          {...props}
        />
      )}
    >
      Use as test data
    </Button>
  );
}
