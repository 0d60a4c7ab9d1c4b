/** The step that a fork is first offered from: the given one, else the newest failed one, else the last. */

import { useQuery } from "@tanstack/react-query";
import { type NodeLine, nodesQuery } from "../api/executions";
import { visitQuery } from "../api/steps";

export function useFirstStep(executionId: string, stepId: string | undefined): string | undefined {
  const { data } = useQuery({ ...nodesQuery(executionId), enabled: stepId === undefined });
  const line = data && firstToFork(data.nodes);
  const visit = useQuery({
    ...visitQuery(executionId, line?.node_id ?? "", line?.visits ?? 1),
    enabled: stepId === undefined && line !== undefined,
  });
  return stepId ?? visit.data?.[visit.data.length - 1]?.id;
}

function firstToFork(lines: NodeLine[]): NodeLine | undefined {
  return lines.find((line) => line.status === "FAILED") ?? lines.findLast((line) => line.status !== "SKIPPED");
}
