/** A small graph on which each node has a mark: a tone, and its words in the second line of the box. */

import { useQuery } from "@tanstack/react-query";
import { ReactFlowProvider } from "@xyflow/react";
import { useMemo } from "react";
import { nodeTypesQuery } from "../api/nodeTypes";
import type { GraphRead } from "../client/types.gen";
import { inRunOrder } from "../graph/order";
import { boxesOf, linesOf } from "../graph/view";
import { Loading } from "../ui/Loading";
import { Canvas } from "./Canvas";
import { focusedNode } from "./focusedNode";
import { useLayout } from "./useLayout";
import "./marks.css";

export interface NodeMark {
  tone: string;
  words: string;
}

interface MarkedGraphProps {
  id: string;
  label: string;
  graph: GraphRead;
  marks: ReadonlyMap<string, NodeMark>;
  /** The tones with their words. */
  legend: readonly (readonly [tone: string, words: string])[];
  selected?: string;
  onSelect?: (nodeId: string | undefined) => void;
}

export default function MarkedGraph({ id, label, graph, marks, legend, selected, onSelect }: MarkedGraphProps) {
  const { data: looks } = useQuery(nodeTypesQuery());
  const places = useLayout(graph)?.places;
  const boxes = useMemo(() => {
    if (!places || !looks) return undefined;
    return boxesOf({ ...graph, nodes: inRunOrder(graph) }, places, looks);
  }, [graph, places, looks]);
  const nodes = useMemo(
    () =>
      boxes?.map((box) => {
        const mark = marks.get(box.id);
        return {
          ...box,
          selected: box.id === selected,
          className: mark && `mark mark-${mark.tone}`,
          ariaLabel: [box.data.title, mark?.words].filter(Boolean).join(", "),
          data: mark ? { ...box.data, line: mark.words } : box.data,
        };
      }),
    [boxes, marks, selected],
  );
  const edges = useMemo(() => linesOf(graph), [graph]);
  if (!nodes) return <Loading lines={2} height={80} />;
  return (
    <div className="marked">
      <ReactFlowProvider>
        <Canvas
          id={id}
          aria-label={label}
          nodes={nodes}
          edges={edges}
          nodesDraggable={false}
          nodesConnectable={false}
          nodesFocusable={!!onSelect}
          elementsSelectable={!!onSelect}
          panOnScroll={false}
          zoomOnScroll={false}
          onNodeClick={(_, node) => onSelect?.(node.id)}
          onPaneClick={() => onSelect?.(undefined)}
          onKeyDown={(event) => event.key === "Enter" && onSelect?.(focusedNode() ?? selected)}
        />
      </ReactFlowProvider>
      <ul className="mark-legend" aria-label="Legend">
        {legend.map(([tone, words]) => (
          <li key={tone} className={`mark mark-${tone}`}>
            {words}
          </li>
        ))}
      </ul>
    </div>
  );
}
