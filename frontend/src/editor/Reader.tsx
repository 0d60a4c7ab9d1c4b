/** A workflow to read where the window is too narrow to edit it: its nodes in run order, and its text. */

import { Drawer, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { type Saved, versionGraphQuery } from "../api/definitions";
import { nodeTypesQuery } from "../api/nodeTypes";
import { Outline } from "../canvas/Outline";
import type { GraphRead } from "../client/types.gen";
import { definitionOf } from "../graph/document";
import type { Language } from "../graph/language";
import { inRunOrder } from "../graph/order";
import { boxesOf, linesOf } from "../graph/view";
import { Copy } from "../ui/Copy";
import { Empty } from "../ui/Empty";
import { Json } from "../ui/Json";
import { Loading } from "../ui/Loading";
import { Notice } from "../ui/Notice";
import { Problem } from "../ui/Problem";
import { useView } from "./useView";
import "./reader.css";

interface ReaderProps {
  saved: Saved;
  language: Language;
  /** True: this browser keeps changes that were not saved. */
  hasDraft: boolean;
}

export default function Reader({ saved, language, hasDraft }: ReaderProps) {
  const { workflow, exact } = saved;
  const [view, setView] = useView();
  const text = language.textOf(definitionOf(exact));
  return (
    <Stack gap="sm">
      <Notice tone="quiet">
        This window is too narrow to edit the graph: here it can be read.
        {hasDraft && " Changes that were not saved are kept in this browser; a wider window offers them."}
      </Notice>
      <Group justify="space-between" gap="sm">
        <SegmentedControl
          size="xs"
          aria-label="Show"
          value={view === "text" ? "text" : "graph"}
          onChange={(next) => setView(next as "graph" | "text")}
          data={[
            { value: "graph", label: "Outline" },
            { value: "text", label: "Text" },
          ]}
        />
        <Group gap="md" component="nav" aria-label="More of this workflow">
          <Link to="." search={{ tab: "trigger" }} className="small-link">
            Trigger
          </Link>
          <Link to="." search={{ tab: "executions" }} className="small-link">
            Executions
          </Link>
        </Group>
      </Group>
      {view === "text" ? (
        <section className="panel reader-text" aria-label="Text of the workflow">
          <Copy text={text} label="Copy the text" />
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, also by the keyboard. */}
          <pre tabIndex={0}>{text}</pre>
        </section>
      ) : (
        <ReadOutline workflowId={workflow.id} version={workflow.version} />
      )}
    </Stack>
  );
}

function ReadOutline({ workflowId, version }: { workflowId: string; version: number }) {
  const { data: graph, error, refetch } = useQuery(versionGraphQuery(workflowId, version));
  const { data: types } = useQuery(nodeTypesQuery());
  const [chosen, setChosen] = useState<string>();
  if (error) return <Problem error={error} onRetry={refetch} />;
  if (!graph || !types) return <Loading lines={5} />;
  if (graph.nodes.length === 0) return <Empty title="It has no nodes yet">A wider window can add the first.</Empty>;
  const boxes = boxesOf({ ...graph, nodes: inRunOrder(graph) }, {}, types);
  return (
    <>
      <Outline boxes={boxes} edges={linesOf(graph)} selected={chosen} onSelect={setChosen} />
      <Drawer
        opened={chosen !== undefined}
        onClose={() => setChosen(undefined)}
        position="bottom"
        size="70%"
        title={chosen}
      >
        <NodeFacts node={graph.nodes.find((node) => node.id === chosen)} />
      </Drawer>
    </>
  );
}

function NodeFacts({ node }: { node: GraphRead["nodes"][number] | undefined }) {
  if (!node) return null;
  return (
    <Stack gap="sm">
      <Text size="sm" className="quiet">
        {node.type}
      </Text>
      <Json value={node.data} label="the data" />
    </Stack>
  );
}
