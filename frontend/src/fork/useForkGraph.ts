/** The graphs of a fork: the one that the execution runs, the newest one, and the one that the fork will run. */

import { useQuery } from "@tanstack/react-query";
import { savedQuery, versionGraphQuery } from "../api/definitions";
import { executionGraphQuery, type WholeExecution } from "../api/executions";
import type { GraphRead } from "../client/types.gen";
import type { Edits } from "./changes";
import { documentOf } from "./document";

export interface ForkGraphs {
  original: GraphRead | undefined;
  /** The graph of the chosen version. */
  shown: GraphRead | undefined;
  /** The newest version of the workflow; undefined while it is not known, or where it was deleted. */
  newest: number | undefined;
  kind: string | undefined;
  /** The graph as a document, which can be edited; only of a workflow that is saved as one. */
  document: unknown;
}

export function useForkGraph(execution: WholeExecution, edits: Edits): ForkGraphs {
  const { data: original } = useQuery(executionGraphQuery(execution.id));
  const { data: saved } = useQuery({ ...savedQuery(execution.workflow_id), refetchInterval: false });
  const version = edits.version ?? execution.version;
  const other = useQuery({
    ...versionGraphQuery(execution.workflow_id, version),
    enabled: version !== execution.version,
  });
  const { kind } = execution;
  return {
    original,
    shown: version === execution.version ? original : (other.data ?? original),
    newest: saved?.workflow.version,
    kind,
    document: kind === "graph" && original ? documentOf(original) : undefined,
  };
}
