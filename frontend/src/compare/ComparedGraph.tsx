/** The graph of both executions, on which each node says whether they differ there. */

import { lazy, Suspense, useMemo } from "react";
import type { Diff } from "../api/compare";
import type { GraphRead } from "../client/types.gen";
import { Loading } from "../ui/Loading";
import { marksOf, unionOf } from "./marks";

const MarkedGraph = lazy(() => import("../canvas/MarkedGraph"));
const LEGEND = [
  ["same", "the same"],
  ["differs", "differs"],
  ["a", "only in A"],
  ["b", "only in B"],
] as const;

interface ComparedGraphProps {
  diff: Diff;
  a: GraphRead;
  b: GraphRead;
  selected: string | undefined;
  onSelect: (nodeId: string | undefined) => void;
}

export function ComparedGraph({ diff, a, b, selected, onSelect }: ComparedGraphProps) {
  const marks = useMemo(() => marksOf(diff.nodes), [diff.nodes]);
  const graph = useMemo(() => unionOf(a, b), [a, b]);
  return (
    <div className="panel compared-graph">
      <Suspense fallback={<Loading lines={3} height={80} />}>
        <MarkedGraph
          id="compare"
          label="Graph of both executions"
          graph={graph}
          marks={marks}
          legend={LEGEND}
          selected={selected}
          onSelect={onSelect}
        />
      </Suspense>
    </div>
  );
}
