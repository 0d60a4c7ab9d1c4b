/** The graph of an execution, with the state of each node and the ways that were taken. */

import { useQuery } from "@tanstack/react-query";
import { ReactFlowProvider } from "@xyflow/react";
import { useMemo, useRef } from "react";
import { nodeTypesQuery } from "../api/nodeTypes";
import { Canvas } from "../canvas/Canvas";
import { focusedNode } from "../canvas/focusedNode";
import { Outline } from "../canvas/Outline";
import { useLayout } from "../canvas/useLayout";
import { inRunOrder } from "../graph/order";
import { boxesOf, type LineEdge, linesOf } from "../graph/view";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import { withRuns, withStates } from "./overlay";
import type { Followed } from "./useExecution";

interface GraphTabProps {
  followed: Followed;
  selected: string | undefined;
  onSelect: (nodeId: string | undefined) => void;
  /** True: a list in place of the canvas, as on a phone. */
  asList: boolean;
}

export default function GraphTab({ followed, selected, onSelect, asList }: GraphTabProps) {
  const { graph } = followed;
  const boxes = useBoxes(followed);
  const edges = useEdges(followed);
  const nodes = useMemo(
    () => boxes?.map((box) => (box.id === selected ? { ...box, selected: true } : box)),
    [boxes, selected],
  );
  if (graph.error && !graph.data) return <Problem error={graph.error} onRetry={graph.refetch} />;
  if (!nodes) return <Loading lines={4} height={80} />;
  if (asList) return <Outline boxes={nodes} edges={edges} selected={selected} onSelect={onSelect} />;
  return (
    <div className="execution-canvas">
      <ReactFlowProvider>
        <Canvas
          id="execution"
          aria-label="Graph of the execution"
          nodes={nodes}
          edges={edges}
          nodesDraggable={false}
          nodesConnectable={false}
          onNodeClick={(_, node) => onSelect(node.id)}
          onPaneClick={() => onSelect(undefined)}
          onKeyDown={(event) => event.key === "Enter" && onSelect(focusedNode() ?? selected)}
        />
      </ReactFlowProvider>
    </div>
  );
}

/** The boxes in run order, which is the order in which the focus moves from one to the next. */
function useBoxes({ graph, lines }: Followed) {
  const { data: looks } = useQuery(nodeTypesQuery());
  const places = useLayout(graph.data)?.places;
  const boxes = useMemo(() => {
    if (!graph.data || !places || !looks) return undefined;
    return boxesOf({ ...graph.data, nodes: inRunOrder(graph.data) }, places, looks);
  }, [graph.data, places, looks]);
  return usePatched(boxes, (shown) => withRuns(shown, lines));
}

const NO_EDGES: LineEdge[] = [];

function useEdges({ graph, lines }: Followed): LineEdge[] {
  const drawn = useMemo(() => (graph.data ? linesOf(graph.data) : undefined), [graph.data]);
  return usePatched(drawn, (shown) => (graph.data ? withStates(shown, graph.data, lines) : shown)) ?? NO_EDGES;
}

/** What is shown, changed where it has changed: all else stays the same objects, which are not drawn again. */
function usePatched<Item>(fresh: Item[] | undefined, patch: (shown: Item[]) => Item[]): Item[] | undefined {
  const last = useRef<{ fresh: Item[]; shown: Item[] }>(undefined);
  if (!fresh) return undefined;
  const known = last.current?.fresh === fresh ? last.current.shown : fresh;
  const next = patch(known);
  const shown = next.every((item, index) => item === known[index]) ? known : next;
  last.current = { fresh, shown };
  return shown;
}
