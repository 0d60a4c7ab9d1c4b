/** The graph of two versions together: what was added, removed and changed has a sign, a pattern and a colour. */

import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ReactFlowProvider } from "@xyflow/react";
import { useMemo } from "react";
import { nodeTypesQuery } from "../api/nodeTypes";
import { Canvas } from "../canvas/Canvas";
import { useLayout } from "../canvas/useLayout";
import type { GraphDiff as Diff, Difference } from "../graph/diff";
import { boxesOf, linesOf } from "../graph/view";
import { Loading } from "../ui/Loading";
import "../editor/editor.css";

const SIGNS = { added: "+", removed: "−", changed: "~" };

export function GraphDiff({ diff }: { diff: Diff }) {
  const { data: types } = useQuery(nodeTypesQuery());
  // The comparison is made anew at each drawing; its content is what the canvas depends on.
  const key = JSON.stringify([...diff.nodes, ...diff.edges]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  const kept = useMemo(() => diff, [key]);
  const places = useLayout(kept.graph)?.places;
  const boxes = useMemo(() => {
    if (!places || !types) return null;
    return boxesOf(kept.graph, places, types).map((box) => {
      const mark = kept.nodes.get(box.id) ?? "same";
      return { ...box, className: `mark-${mark}`, ariaLabel: `${box.data.title}, ${mark}` };
    });
  }, [kept, places, types]);
  const edges = useMemo(
    () => linesOf(kept.graph).map((line, index) => ({ ...line, className: `mark-${kept.edges[index]}` })),
    [kept],
  );
  return (
    <>
      {!boxes && <Loading lines={2} height={120} />}
      {boxes && (
        <div className="panel editor-canvas version-graph">
          <ReactFlowProvider>
            <Canvas
              id="versions"
              aria-label="Graph of both versions"
              nodes={boxes}
              edges={edges}
              nodesDraggable={false}
              nodesConnectable={false}
            />
          </ReactFlowProvider>
        </div>
      )}
      <Differences differences={kept.differences} />
    </>
  );
}

function Differences({ differences }: { differences: Difference[] }) {
  if (differences.length === 0) {
    return (
      <Text size="sm" className="quiet">
        No node that runs and no edge differs.
      </Text>
    );
  }
  return (
    <ul className="panel differences" aria-label="Differences of the graph">
      {differences.map((each) => (
        <li key={`${each.kind} ${each.mark} ${each.name}`} data-mark={each.mark}>
          <span aria-hidden className="differences-sign">
            {SIGNS[each.mark]}
          </span>
          <bdi>{each.name}</bdi>
          <span className="quiet">
            {each.kind} {each.mark}
          </span>
        </li>
      ))}
    </ul>
  );
}
