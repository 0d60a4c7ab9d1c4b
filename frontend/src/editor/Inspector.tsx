/** The chosen node: its form, its raw JSON, and where it leads to; the way to connect nodes without a mouse. */

import { Accordion, ActionIcon, Button, Group, NativeSelect, Stack, Text, Textarea, Title } from "@mantine/core";
import { Trash2, X } from "lucide-react";
import { useState } from "react";
import type { NodeType } from "../api/nodeTypes";
import type { GraphRead, ProblemRead } from "../client/types.gen";
import { SchemaForm } from "../forms/SchemaForm";
import type { DocumentNode, Way } from "../graph/document";
import { exitsOf } from "./handles";

interface InspectorProps {
  node: DocumentNode;
  graph: GraphRead;
  type: NodeType | undefined;
  problems: ProblemRead[];
  onData: (data: Record<string, unknown>) => void;
  onConnect: (way: Way) => void;
  onDisconnect: (way: Way) => void;
  onRemove: () => void;
}

export function Inspector(props: InspectorProps) {
  const { node, type, problems, onData, onRemove } = props;
  const data = node.data ?? {};
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
        <ActionIcon variant="subtle" color="red" aria-label={`Delete ${node.id}`} onClick={onRemove}>
          <Trash2 size={16} />
        </ActionIcon>
      </Group>
      {!type && <Text size="sm">This deployment has no node type {node.type}; its data stay as they are.</Text>}
      <SchemaForm
        key={node.id}
        schema={(type?.schema ?? {}) as Record<string, unknown>}
        data={data}
        problems={byKey(problems, node.id)}
        onChange={onData}
      />
      <GoesTo {...props} />
      <Accordion variant="separated" chevronPosition="left">
        <Accordion.Item value="raw">
          <Accordion.Control>Raw data</Accordion.Control>
          <Accordion.Panel>
            <RawData key={node.id} data={data} onData={onData} />
          </Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Stack>
  );
}

/** Messages by the key of the data that they are about. */
function byKey(problems: ProblemRead[], id: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const problem of problems) {
    const key = problem.pointer?.match(/\/data\/([^/]+)/)?.[1];
    if (problem.node_id === id && key) found.set(key, problem.message);
  }
  return found;
}

function GoesTo({ node, graph, type, onConnect, onDisconnect }: InspectorProps) {
  const [handle, setHandle] = useState("");
  const drawn = graph.nodes.find((each) => each.id === node.id);
  const ways = graph.edges.filter((edge) => edge.source === node.id);
  const exits = drawn
    ? exitsOf(
        drawn,
        !!type?.chooses,
        ways.map((way) => way.handle ?? ""),
      )
    : [""];
  const exit = exits.includes(handle) ? handle : (exits[0] ?? "");
  const targets = graph.nodes.map((each) => each.id).filter((id) => id !== node.id);
  return (
    <Stack gap={6}>
      <Text size="sm" fw={600}>
        Goes to
      </Text>
      {ways.map((way) => (
        <Group key={`${way.handle} ${way.target}`} gap={6} wrap="nowrap">
          <Text size="sm" className="cut" style={{ flex: 1 }}>
            {way.handle ? `${way.handle}: ` : ""}
            {way.target}
          </Text>
          <ActionIcon
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={`Remove the way to ${way.target}`}
            onClick={() => onDisconnect({ source: node.id, target: way.target, handle: way.handle ?? "" })}
          >
            <X size={14} />
          </ActionIcon>
        </Group>
      ))}
      <Group gap={6} wrap="nowrap">
        <NativeSelect
          size="xs"
          aria-label="Exit"
          value={exit}
          data={exits.map((value) => ({ value, label: value || "next" }))}
          onChange={(event) => setHandle(event.currentTarget.value)}
        />
        <NativeSelect
          size="xs"
          aria-label="Connect to"
          style={{ flex: 1 }}
          value=""
          data={[{ value: "", label: "Connect to…" }, ...targets]}
          onChange={(event) => {
            const target = event.currentTarget.value;
            if (target) onConnect({ source: node.id, target, handle: exit });
          }}
        />
      </Group>
    </Stack>
  );
}

function RawData({ data, onData }: { data: Record<string, unknown>; onData: (data: Record<string, unknown>) => void }) {
  const [text, setText] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const apply = () => {
    try {
      const value: unknown = JSON.parse(text ?? "");
      if (!value || typeof value !== "object" || Array.isArray(value)) throw new SyntaxError("data is a JSON object");
      onData(value as Record<string, unknown>);
      setText(null);
      setError(null);
    } catch (problem) {
      setError(`The data are unchanged: ${problem instanceof Error ? problem.message : String(problem)}`);
    }
  };
  return (
    <Stack gap="xs">
      <Textarea
        aria-label="Data as JSON"
        autosize
        minRows={4}
        maxRows={24}
        spellCheck={false}
        error={error}
        value={text ?? JSON.stringify(data, null, 2)}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)", fontSize: "0.8125rem" } }}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button size="xs" variant="default" disabled={text === null} onClick={apply}>
        Apply
      </Button>
    </Stack>
  );
}
