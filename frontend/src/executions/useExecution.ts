/** Everything that the page of one execution shows, kept up to date. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { useChanges } from "../api/changes";
import { executionGraphQuery, executionQuery, type NodeLine, nodesQuery } from "../api/executions";

const NONE: NodeLine[] = [];

export function useExecution(id: string) {
  const execution = useQuery(executionQuery(id));
  const nodes = useQuery(nodesQuery(id));
  const graph = useQuery(executionGraphQuery(id));
  useChanges(id, nodes.data);
  const list = nodes.data?.nodes ?? NONE;
  const lines = useMemo(() => new Map(list.map((line) => [line.node_id, line])), [list]);
  const steps = list.reduce((sum, line) => sum + Object.values(line.counts).reduce((a, b) => a + b, 0), 0);
  return { execution, graph, nodes: list, lines, steps };
}

export type Followed = ReturnType<typeof useExecution>;
