/** The chosen edge in the inspector: the exit that it leaves from, its label, and its end. */

import { ActionIcon, Button, CloseButton, Group, NativeSelect, Stack, Text, TextInput, Title } from "@mantine/core";
import { Plus, Trash2 } from "lucide-react";
import type { NodeType } from "../api/nodeTypes";
import type { GraphRead } from "../client/types.gen";
import { type Definition, edgesOf, type Way } from "../graph/document";
import { changeEdge, disconnect, isWay } from "../graph/edges";
import { BOX, type Point } from "../graph/size";
import { exitsOf } from "./handles";
import type { Wish } from "./useGraphEdits";

interface EdgePanelProps {
  definition: Definition;
  graph: GraphRead;
  types: Map<string, NodeType>;
  way: Way;
  isOff: boolean;
  /** With `joins`, the edit becomes a part of the one before. */
  onEdit: (definition: Definition, joins?: boolean) => void;
  onChoose: (way: Way | undefined) => void;
  onWish: (wish: Wish) => void;
}

export function EdgePanel({ definition, graph, types, way, isOff, onEdit, onChoose, onWish }: EdgePanelProps) {
  const drawn = graph.edges.find((edge) => isSameWay(edge, way));
  const source = graph.nodes.find((node) => node.id === way.source);
  if (!drawn || !source) return null;
  const edge = edgesOf(definition).find((each) => isWay(each, way));
  const exits = exitsOf(source, !!types.get(source.type)?.chooses, [way.handle]);
  const setHandle = (handle: string) => {
    onEdit(changeEdge(definition, way, { sourceHandle: handle || undefined }));
    onChoose({ ...way, handle });
  };
  return (
    <fieldset disabled={isOff} className="plain-fieldset">
      <Stack gap="sm" component="section" aria-label="Edge" className="editor-side editor-inspector">
        <Group justify="space-between" wrap="nowrap">
          <Title order={2} style={{ overflowWrap: "anywhere" }}>
            {way.source} → {way.target}
          </Title>
          <Group gap={4} wrap="nowrap">
            <ActionIcon
              variant="subtle"
              color="red"
              aria-label="Delete this edge"
              onClick={() => {
                onEdit(disconnect(definition, way));
                onChoose(undefined);
              }}
            >
              <Trash2 size={16} />
            </ActionIcon>
            <CloseButton size="sm" aria-label="Close the inspector" onClick={() => onChoose(undefined)} />
          </Group>
        </Group>
        {edge ? (
          <>
            <NativeSelect
              size="xs"
              label="Exit"
              description="The exit of its source that it leaves from."
              value={way.handle}
              data={exits.map((value) => ({ value, label: value || "next" }))}
              onChange={(event) => setHandle(event.currentTarget.value)}
            />
            <TextInput
              size="xs"
              label="Label"
              description="For people; it decides nothing."
              value={typeof edge.label === "string" ? edge.label : ""}
              onChange={(event) =>
                onEdit(changeEdge(definition, way, { label: event.currentTarget.value || undefined }), true)
              }
            />
          </>
        ) : (
          <Text size="sm">
            The case {way.handle || "without a label"} of the node {way.source} leads there by its next.
          </Text>
        )}
        <Button
          size="xs"
          variant="default"
          leftSection={<Plus size={14} />}
          onClick={({ currentTarget }) => {
            const { left, bottom } = currentTarget.getBoundingClientRect();
            onWish({ menu: { x: left, y: bottom }, place: between(graph, way), within: way });
          }}
        >
          Insert a node
        </Button>
      </Stack>
    </fieldset>
  );
}

function isSameWay(edge: GraphRead["edges"][number], way: Way): boolean {
  return edge.source === way.source && edge.target === way.target && (edge.handle ?? "") === way.handle;
}

/** The middle between two boxes. */
function between(graph: GraphRead, way: Way): Point {
  const places = [way.source, way.target].flatMap((id) => graph.nodes.find((node) => node.id === id)?.position ?? []);
  const sum = places.reduce((a, b) => ({ x: a.x + b.x, y: a.y + b.y }), { x: 0, y: 0 });
  const count = Math.max(places.length, 1);
  return { x: sum.x / count + BOX.width / 2, y: sum.y / count + BOX.height / 2 };
}
