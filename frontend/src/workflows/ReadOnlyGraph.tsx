/** The compiled graph of a workflow that is written as text, and the text. */

import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { ReactFlowProvider } from "@xyflow/react";
import { useMemo } from "react";
import { versionGraphQuery } from "../api/definitions";
import { nodeTypesQuery } from "../api/nodeTypes";
import { Canvas } from "../canvas/Canvas";
import { useLayout } from "../canvas/useLayout";
import type { WorkflowRead } from "../client/types.gen";
import { boxesOf, linesOf } from "../graph/view";
import { Json } from "../ui/Json";
import { Loading } from "../ui/Loading";
import { Problem } from "../ui/Problem";
import "../editor/editor.css";

export function ReadOnlyGraph({ workflow }: { workflow: WorkflowRead }) {
  const graph = useQuery(versionGraphQuery(workflow.id, workflow.version));
  const { data: types } = useQuery(nodeTypesQuery());
  const places = useLayout(graph.data);
  const boxes = useMemo(
    () => (graph.data && places && types ? boxesOf(graph.data, places, types) : null),
    [graph.data, places, types],
  );
  const edges = useMemo(() => (graph.data ? linesOf(graph.data) : []), [graph.data]);
  const text = workflow.definition_yaml;
  return (
    <Stack gap="md">
      <Text size="sm" className="quiet">
        This workflow is written as {workflow.kind}; it is changed where its text is kept, and shown here as the graph
        that runs.
      </Text>
      {graph.error && <Problem error={graph.error} onRetry={graph.refetch} />}
      {!boxes && !graph.error && <Loading lines={3} height={80} />}
      {boxes && (
        <div className="panel editor-canvas" style={{ flex: "none", height: 420 }}>
          <ReactFlowProvider>
            <Canvas
              id="workflow"
              aria-label="Graph of the workflow"
              nodes={boxes}
              edges={edges}
              nodesDraggable={false}
              nodesConnectable={false}
            />
          </ReactFlowProvider>
        </div>
      )}
      {text ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, so the keyboard has to reach it
        <pre className="panel mono" style={{ padding: 16, overflow: "auto", maxHeight: 480 }} tabIndex={0}>
          {text}
        </pre>
      ) : (
        <Json value={workflow.dag ?? workflow.steps} label="the definition" />
      )}
    </Stack>
  );
}
