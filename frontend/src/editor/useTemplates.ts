/** What the templates of a node can refer to: the payload, outputs of nodes that surely ran before, and names of secrets. */

import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { newestRunQuery, outputsQuery, seenPathsQuery } from "../api/lastRun";
import type { NodeType } from "../api/nodeTypes";
import { secretsQuery } from "../api/secrets";
import type { GraphRead } from "../client/types.gen";
import type { TemplateHelp } from "../forms/templates";
import { surelyBefore } from "../graph/dominators";
import { pathOfNode } from "../graph/references";
import { isTemplate, nodesIn, pathsIn, valueOfTemplate } from "../graph/templateText";

export function useTemplates(
  workflowId: string,
  graph: GraphRead,
  types: ReadonlyMap<string, NodeType>,
  id: string,
): TemplateHelp {
  const { data: run } = useQuery(newestRunQuery(workflowId));
  const { data: seen } = useQuery(seenPathsQuery());
  const { data: secrets } = useQuery({ ...secretsQuery(), retry: false, refetchInterval: false });
  const paths = useMemo(() => {
    const payload = run ? pathsIn(run.payload, "payload") : (seen ?? []).map((path) => `payload.${path}`);
    const names = Array.isArray(secrets) ? secrets.map((secret) => `secret.${secret.name}`) : [];
    return [...new Set([...payload, "payload", ...outputPaths(graph, types, id), "input", ...names])];
  }, [run, seen, secrets, graph, types, id]);
  return useMemo(
    () => ({ paths, useValue: (template) => useNewestValue(workflowId, graph, template) }),
    [paths, workflowId, graph],
  );
}

/** The outputs of the nodes that surely ran before, with the fields that their types name. */
function outputPaths(graph: GraphRead, types: ReadonlyMap<string, NodeType>, id: string): string[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const before = surelyBefore([...nodes.keys()], graph.edges, graph.entries, id);
  return before.flatMap((each) => {
    const start = pathOfNode(each);
    const fields = types.get(nodes.get(each)?.type ?? "")?.outputs ?? [];
    return start === null ? [] : [`${start}.output`, ...fields.map((field) => `${start}.output.${field}`)];
  });
}

function useNewestValue(workflowId: string, graph: GraphRead, template: string): unknown {
  const { data: run } = useQuery(newestRunQuery(workflowId));
  const ids = useMemo(() => new Set(graph.nodes.map((node) => node.id)), [graph]);
  const named = useMemo(() => (isTemplate(template) ? nodesIn(template, ids) : []), [template, ids]);
  const { data: outputs } = useQuery({ ...outputsQuery(run?.id, named), placeholderData: undefined });
  if (!run || !outputs || !isTemplate(template)) return undefined;
  return valueOfTemplate(template, { payload: run.payload, outputs, ids });
}
