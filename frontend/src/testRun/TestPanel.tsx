/** The test of a draft: which part of it runs, with which data, and what becomes of it. */

import { CloseButton, Group, SegmentedControl, Select, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState } from "react";
import type { NodeLine } from "../api/executions";
import type { NodeType } from "../api/nodeTypes";
import { testPlanQuery } from "../api/tests";
import type { GraphRead } from "../client/types.gen";
import type { Overlay } from "../editor/useDrawn";
import { withRuns, withStates } from "../executions/overlay";
import type { Definition } from "../graph/document";
import { nodesWithEffects } from "./effects";
import { MODES, type Mode, requestOf, type Source } from "./request";
import { TestForm } from "./TestForm";
import { TestResult } from "./TestResult";
import { useSources } from "./useSources";
import type { TestSearch } from "./useTestSearch";
import "./testRun.css";

interface TestPanelProps {
  workflowId: string;
  definition: Definition;
  /** The rule that starts the workflow. */
  trigger: unknown;
  graph: GraphRead;
  types: Map<string, NodeType>;
  /** The node that is chosen in the editor. */
  chosen: string | undefined;
  onChoose: (id: string | undefined) => void;
  /** True: the draft has errors, so that nothing can run. */
  isFaulty: boolean;
  search: TestSearch;
  onOverlay: (overlay: Overlay | undefined) => void;
}

const NAMES: Record<Mode, string> = { whole: "Whole workflow", until: "Up to this node", only: "This node only" };
const NO_LINES: Map<string, NodeLine> = new Map();

export default function TestPanel(props: TestPanelProps) {
  const { workflowId, definition, trigger, graph, types, chosen, onChoose, isFaulty, search, onOverlay } = props;
  const [mode, setMode] = useState<Mode>(search.node ? "only" : "whole");
  const node = useLast(chosen, graph);
  const sources = useSources(workflowId, trigger, search.step);
  const [picked, setPicked] = useState<string>();
  const option = sources.find((each) => each.value === picked) ?? sources[0];
  const source: Source = option?.source ?? { kind: "blank" };
  const request = isFaulty ? undefined : requestOf(definition, mode, node, source);
  const plan = useQuery(testPlanQuery(workflowId, request));
  const [lines, setLines] = useState(NO_LINES);
  useOverlay(graph, lines, plan.data?.effects, onOverlay);
  return (
    <section className="panel test-panel" aria-label="Test">
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Group gap="sm">
          <Title order={2} size="h4">
            Test
          </Title>
          <SegmentedControl
            size="xs"
            aria-label="What runs"
            value={mode}
            onChange={(next) => setMode(next as Mode)}
            data={MODES.map((value) => ({ value, label: NAMES[value] }))}
          />
          {mode !== "whole" && (
            <Select
              size="xs"
              aria-label="Node"
              placeholder="Choose a node"
              searchable
              limit={200}
              value={node ?? null}
              data={graph.nodes.map((each) => each.id)}
              onChange={(id) => onChoose(id ?? undefined)}
            />
          )}
        </Group>
        <CloseButton aria-label="Close the test" onClick={search.toggle} />
      </Group>
      <div className="test-body">
        <TestForm
          // What was typed belongs to these data.
          key={`${mode} ${node} ${option?.value}`}
          workflowId={workflowId}
          mode={mode}
          node={node}
          types={types}
          sources={sources}
          source={option?.value}
          onSource={setPicked}
          request={request}
          plan={plan}
          isFaulty={isFaulty}
          onStarted={search.show}
        />
        {search.run ? (
          <TestResult key={search.run} run={search.run} onLines={setLines} onChoose={onChoose} />
        ) : (
          <Text size="sm" className="quiet test-run">
            Workers run the draft, saved or not. The test counts nowhere; what its nodes do outside is real.
          </Text>
        )}
      </div>
    </section>
  );
}

/** The node that was chosen last, as long as it is there. */
function useLast(chosen: string | undefined, graph: GraphRead): string | undefined {
  const last = useRef(chosen);
  if (chosen !== undefined) last.current = chosen;
  return graph.nodes.some((each) => each.id === last.current) ? last.current : undefined;
}

/** Draws the state of the test, and which nodes have effects, on the canvas of the editor. */
function useOverlay(
  graph: GraphRead,
  lines: Map<string, NodeLine>,
  effects: { node_id: string; type: string }[] | undefined,
  onOverlay: (overlay: Overlay | undefined) => void,
): void {
  const overlay = useMemo((): Overlay => {
    const marked = nodesWithEffects(effects ?? [], new Set(graph.nodes.map((each) => each.id)));
    return {
      boxes: (boxes) =>
        withRuns(boxes, lines).map((box) =>
          marked.has(box.id) ? { ...box, className: `${box.className ?? ""} has-effect` } : box,
        ),
      lines: (edges) => (lines.size ? withStates(edges, graph, lines) : edges),
    };
  }, [graph, lines, effects]);
  useEffect(() => onOverlay(overlay), [overlay, onOverlay]);
  useEffect(() => () => onOverlay(undefined), [onOverlay]);
}
