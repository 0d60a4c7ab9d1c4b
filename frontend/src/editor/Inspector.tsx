/** The chosen node: its parameters, its behaviour, its last run, its raw JSON, and where it leads to. */

import { Accordion, ActionIcon, CloseButton, Group, Stack, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import { type ReactNode, useState } from "react";
import { type NodeType, reservedKeysQuery } from "../api/nodeTypes";
import type { GraphRead, ProblemRead } from "../client/types.gen";
import { SchemaForm } from "../forms/SchemaForm";
import type { Definition, Way } from "../graph/document";
import { Notice } from "../ui/Notice";
import { Behaviour } from "./Behaviour";
import { hiddenKeys, keysOf } from "./behaviourKeys";
import { GoesTo } from "./GoesTo";
import { LastRun } from "./LastRun";
import type { OpenedNode, Place } from "./openedNode";
import { RawData } from "./RawData";

interface InspectorProps {
  node: OpenedNode;
  kind: string;
  workflowId: string;
  /** The version that the draft began from. */
  version: number;
  graph: GraphRead;
  type: NodeType | undefined;
  /** True: a group or a note, which never runs. */
  isDrawing: boolean;
  problems: ProblemRead[];
  onEdit: (definition: Definition) => void;
  onClose: () => void;
  /** Undefined: the text says what follows what. */
  ways?: {
    onConnect: (way: Way) => void;
    onDisconnect: (way: Way) => void;
    onRename: () => void;
    onRemove: () => void;
  };
}

export function Inspector(props: InspectorProps) {
  const { node, kind, workflowId, version, graph, type, isDrawing, problems, onEdit, onClose, ways } = props;
  const [open, setOpen] = useState(["parameters"]);
  const [isRefused, setRefused] = useState(false);
  const { data: reserved } = useQuery(reservedKeysQuery());
  const { data, behaviour } = node;
  const messages = byKey(problems, node.id);
  const change = (place: Place, next: Record<string, unknown>) => {
    const definition = place.withData(next);
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
        <Group gap={4} wrap="nowrap">
          {ways && (
            <>
              <ActionIcon variant="subtle" color="gray" aria-label={`Rename ${node.id}`} onClick={ways.onRename}>
                <Pencil size={16} />
              </ActionIcon>
              <ActionIcon variant="subtle" color="red" aria-label={`Delete ${node.id}`} onClick={ways.onRemove}>
                <Trash2 size={16} />
              </ActionIcon>
            </>
          )}
          <CloseButton size="sm" aria-label="Close the inspector" onClick={onClose} />
        </Group>
      </Group>
      {!type && (
        <Text size="sm">
          {isDrawing
            ? "It is drawn only: it never runs, and nothing is connected to it."
            : `This deployment has no node type ${node.type}; its data stay as they are.`}
        </Text>
      )}
      {isRefused && (
        <Notice tone="warning" isLive>
          The value is unchanged: other parts of the text share it, so change it in the text.
        </Notice>
      )}
      <Accordion multiple value={open} onChange={setOpen} variant="separated" chevronPosition="left">
        <Section open={open} name="parameters" title="Parameters">
          {node.hasData ? (
            <SchemaForm
              key={node.id}
              schema={(type?.schema ?? {}) as Record<string, unknown>}
              data={data}
              problems={messages}
              hidden={hiddenKeys(kind, reserved)}
              takesTemplates
              targets={graph.nodes.map((each) => each.id).filter((id) => id !== node.id)}
              onChange={(next) => change(node, next)}
            />
          ) : (
            <Text size="sm" className="quiet">
              This node is made from other parts of the text; change it there.
            </Text>
          )}
        </Section>
        {node.hasData && reserved && !isDrawing && (
          <Section
            open={open}
            name="behaviour"
            title="Behaviour"
            isSet={keysOf(kind, reserved).some((key) => key in behaviour.data)}
          >
            <Behaviour
              key={node.id}
              kind={kind}
              schema={reserved}
              data={behaviour.data}
              problems={messages}
              onChange={(next) => change(behaviour, next)}
            />
          </Section>
        )}
        {!isDrawing && (
          <Section open={open} name="run" title="Last run">
            <LastRun workflowId={workflowId} nodeId={node.id} version={version} />
          </Section>
        )}
        {node.hasData && (
          <Section open={open} name="raw" title="Raw data">
            <RawData key={node.id} data={data} onData={(next) => change(node, next)} />
          </Section>
        )}
      </Accordion>
      {ways && !isDrawing && (
        <GoesTo
          id={node.id}
          graph={graph}
          chooses={!!type?.chooses}
          onConnect={ways.onConnect}
          onDisconnect={ways.onDisconnect}
        />
      )}
    </Stack>
  );
}

interface SectionProps {
  /** The sections that are open. */
  open: string[];
  name: string;
  title: string;
  /** True: something in it was set, which is told while it is folded. */
  isSet?: boolean;
  children: ReactNode;
}

/** A part of the inspector, whose content is only there while it is open. */
function Section({ open, name, title, isSet, children }: SectionProps) {
  return (
    <Accordion.Item value={name}>
      <Accordion.Control>
        {title}
        {isSet && (
          <>
            <span className="set-dot" aria-hidden />
            <span className="visually-hidden"> (set)</span>
          </>
        )}
      </Accordion.Control>
      <Accordion.Panel>{open.includes(name) && children}</Accordion.Panel>
    </Accordion.Item>
  );
}

/** Messages by the key of the data that they are about. */
function byKey(problems: ProblemRead[], id: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const problem of problems) {
    const key = problem.pointer?.match(/\/(?:data|config|params|tasks\/\d+)\/(?!config)([^/]+)/)?.[1];
    if (problem.node_id === id && key) found.set(key, problem.message);
  }
  return found;
}
