/** The chosen node: its form, its raw JSON, and where it leads to. */

import { Accordion, ActionIcon, Group, Stack, Text, Title } from "@mantine/core";
import { Pencil, Trash2 } from "lucide-react";
import { useState } from "react";
import type { NodeType } from "../api/nodeTypes";
import type { GraphRead, ProblemRead } from "../client/types.gen";
import { SchemaForm } from "../forms/SchemaForm";
import type { Definition, Way } from "../graph/document";
import { Notice } from "../ui/Notice";
import { GoesTo } from "./GoesTo";
import type { OpenedNode } from "./openedNode";
import { RawData } from "./RawData";

interface InspectorProps {
  node: OpenedNode;
  kind: string;
  graph: GraphRead;
  type: NodeType | undefined;
  problems: ProblemRead[];
  onEdit: (definition: Definition) => void;
  /** Undefined: the text says what follows what. */
  ways?: {
    onConnect: (way: Way) => void;
    onDisconnect: (way: Way) => void;
    onRename: () => void;
    onRemove: () => void;
  };
}

export function Inspector({ node, graph, type, problems, onEdit, ways }: InspectorProps) {
  const [isRefused, setRefused] = useState(false);
  const { data } = node;
  const change = (next: Record<string, unknown>) => {
    const definition = node.withData(next);
    setRefused(definition === null);
    if (definition) onEdit(definition);
  };
  return (
    <Stack gap="sm" component="section" aria-label={`Node ${node.id}`} className="editor-side editor-inspector">
      <Group justify="space-between" wrap="nowrap">
        <div style={{ minWidth: 0 }}>
          <Title order={2} className="cut">
            {node.id}
          </Title>
          <Text size="xs" className="quiet">
            {type?.title ?? node.type} · {node.type}
          </Text>
        </div>
        {ways && (
          <Group gap={4} wrap="nowrap">
            <ActionIcon variant="subtle" color="gray" aria-label={`Rename ${node.id}`} onClick={ways.onRename}>
              <Pencil size={16} />
            </ActionIcon>
            <ActionIcon variant="subtle" color="red" aria-label={`Delete ${node.id}`} onClick={ways.onRemove}>
              <Trash2 size={16} />
            </ActionIcon>
          </Group>
        )}
      </Group>
      {!type && <Text size="sm">This deployment has no node type {node.type}; its data stay as they are.</Text>}
      {isRefused && (
        <Notice tone="warning" isLive>
          The value is unchanged: other parts of the text share it, so change it in the text.
        </Notice>
      )}
      {node.hasData ? (
        <SchemaForm
          key={node.id}
          schema={(type?.schema ?? {}) as Record<string, unknown>}
          data={data}
          problems={byKey(problems, node.id)}
          targets={graph.nodes.map((each) => each.id).filter((id) => id !== node.id)}
          onChange={change}
        />
      ) : (
        <Text size="sm" className="quiet">
          This node is made from other parts of the text; change it there.
        </Text>
      )}
      {ways && (
        <GoesTo
          id={node.id}
          graph={graph}
          chooses={!!type?.chooses}
          onConnect={ways.onConnect}
          onDisconnect={ways.onDisconnect}
        />
      )}
      {node.hasData && (
        <Accordion variant="separated" chevronPosition="left">
          <Accordion.Item value="raw">
            <Accordion.Control>Raw data</Accordion.Control>
            <Accordion.Panel>
              <RawData key={node.id} data={data} onData={change} />
            </Accordion.Panel>
          </Accordion.Item>
        </Accordion>
      )}
    </Stack>
  );
}

/** Messages by the key of the data that they are about. */
function byKey(problems: ProblemRead[], id: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const problem of problems) {
    const key = problem.pointer?.match(/\/(?:data|config|params)\/([^/]+)/)?.[1];
    if (problem.node_id === id && key) found.set(key, problem.message);
  }
  return found;
}
