/** Where a node leads to: the way to connect nodes without a mouse. */

import { ActionIcon, Group, NativeSelect, Stack, Text } from "@mantine/core";
import { X } from "lucide-react";
import { useState } from "react";
import type { GraphRead } from "../client/types.gen";
import type { Way } from "../graph/document";
import { exitsOf } from "./handles";

interface GoesToProps {
  id: string;
  graph: GraphRead;
  /** True: its type chooses among its exits. */
  chooses: boolean;
  onConnect: (way: Way) => void;
  onDisconnect: (way: Way) => void;
}

export function GoesTo({ id, graph, chooses, onConnect, onDisconnect }: GoesToProps) {
  const [handle, setHandle] = useState("");
  const drawn = graph.nodes.find((each) => each.id === id);
  const ways = graph.edges.filter((edge) => edge.source === id);
  const used = ways.map((way) => way.handle ?? "");
  const exits = drawn ? exitsOf(drawn, chooses, used) : [""];
  const exit = exits.includes(handle) ? handle : (exits[0] ?? "");
  const targets = graph.nodes.map((each) => each.id).filter((other) => other !== id);
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
            onClick={() => onDisconnect({ source: id, target: way.target, handle: way.handle ?? "" })}
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
            if (target) onConnect({ source: id, target, handle: exit });
          }}
        />
      </Group>
    </Stack>
  );
}
