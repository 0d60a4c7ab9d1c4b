/** Where two executions differ: their graph, the chosen node in both, and the table of all nodes. */

import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo } from "react";
import type { ComparedNode, Diff } from "../api/compare";
import { executionGraphQuery, type WholeExecution } from "../api/executions";
import { ErrorBoundary } from "../shell/ErrorBoundary";
import { useShortcut } from "../shell/shortcuts";
import { ComparedGraph } from "./ComparedGraph";
import { isDifferent, neighbour, rowKey } from "./differences";
import { NodeDetail } from "./NodeDetail";
import { NodesTable } from "./NodesTable";
import { Versions } from "./Versions";

const route = getRouteApi("/compare");

interface DifferencesProps {
  diff: Diff;
  ids: [string, string];
  first: WholeExecution | undefined;
  second: WholeExecution | undefined;
}

export function Differences({ diff, ids, first, second }: DifferencesProps) {
  const { all, node, visit = 1 } = route.useSearch();
  const navigate = route.useNavigate();
  const a = useQuery(executionGraphQuery(ids[0])).data;
  const b = useQuery(executionGraphQuery(ids[1])).data;
  const differing = useMemo(() => diff.nodes.filter(isDifferent), [diff.nodes]);
  const rows = all === 1 ? diff.nodes : differing;
  const selected = node === undefined ? undefined : rowKey({ node_id: node, visit });
  const chosen = diff.nodes.find((each) => rowKey(each) === selected);
  const select = (next: Pick<ComparedNode, "node_id" | "visit"> | undefined) =>
    navigate({ search: (old) => ({ ...old, node: next?.node_id, visit: next?.visit }), replace: true });
  useDifferenceKeys(diff.nodes, selected, select);
  return (
    <>
      {a && b && first && second && <Versions first={first} second={second} a={a} b={b} />}
      <div className="compared-middle" data-split={chosen !== undefined || undefined}>
        <ErrorBoundary name="graph">
          {a && b && (
            <ComparedGraph
              diff={diff}
              a={a}
              b={b}
              selected={node}
              onSelect={(id) => select(id === undefined ? undefined : firstOf(diff.nodes, id))}
            />
          )}
        </ErrorBoundary>
        {chosen && <NodeDetail key={selected} node={chosen} ids={ids} onClose={() => select(undefined)} />}
      </div>
      <NodesTable
        diff={diff}
        rows={rows}
        differing={differing.length}
        isAll={all === 1}
        onAll={(isAll) => navigate({ search: (old) => ({ ...old, all: isAll ? 1 : undefined }), replace: true })}
        selected={selected}
        onSelect={select}
      />
    </>
  );
}

/** The first visit of a node that differs, else its first one. */
function firstOf(nodes: ComparedNode[], id: string): ComparedNode | undefined {
  const visits = nodes.filter((each) => each.node_id === id);
  return visits.find(isDifferent) ?? visits[0];
}

function useDifferenceKeys(
  nodes: ComparedNode[],
  selected: string | undefined,
  select: (node: ComparedNode) => void,
): void {
  const go = (by: 1 | -1) => () => {
    const next = neighbour(nodes, selected, by);
    if (next) select(next);
  };
  useShortcut("]", "Next difference", go(1), "Compare");
  useShortcut("[", "Previous difference", go(-1), "Compare");
}
