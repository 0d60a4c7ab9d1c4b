/** Finds nodes on the canvas by a text: Enter shows the next one, Shift Enter the previous. */

import { ActionIcon, CloseButton, Group, Text, TextInput } from "@mantine/core";
import { Panel } from "@xyflow/react";
import { ChevronDown, ChevronUp } from "lucide-react";
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import type { NodeType } from "../api/nodeTypes";
import { type Findable, findNodes } from "../graph/find";
import { useShortcut } from "../shell/shortcuts";

interface FindBarProps {
  /** In run order. */
  nodes: Findable[];
  types: Map<string, NodeType>;
  selected: string | undefined;
  onShow: (id: string) => void;
  onClose: () => void;
}

export function FindBar({ nodes, types, selected, onShow, onClose }: FindBarProps) {
  const [text, setText] = useState("");
  const field = useRef<HTMLInputElement>(null);
  const found = useMemo(() => (text.trim() ? findNodes(nodes, types, text) : []), [nodes, types, text]);
  const at = found.findIndex((node) => node.id === selected);
  useShortcut("Ctrl+f", "Find a node", () => field.current?.select(), "Editor");
  const show = (by: 1 | -1) => {
    const from = at < 0 && by < 0 ? 0 : at;
    const next = found.at((from + by) % found.length);
    if (next) onShow(next.id);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose();
    if (event.key !== "Enter") return;
    // The canvas would open the node that is selected.
    event.stopPropagation();
    if (event.target === field.current) show(event.shiftKey ? -1 : 1);
  };
  return (
    <Panel position="top-left" className="panel find-bar nokey" role="search" onKeyDown={onKeyDown}>
      <Group gap={4} wrap="nowrap">
        <TextInput
          ref={field}
          size="xs"
          autoFocus
          aria-label="Find a node on the canvas"
          placeholder="Id, title, type or text"
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
        />
        <Text size="xs" className="quiet find-count" role="status">
          {text.trim() &&
            (at < 0
              ? `${found.length || "No"} ${found.length === 1 ? "node" : "nodes"}`
              : `${at + 1} of ${found.length}`)}
        </Text>
        <Step label="Previous (Shift Enter)" isOff={!found.length} onClick={() => show(-1)}>
          <ChevronUp size={15} />
        </Step>
        <Step label="Next (Enter)" isOff={!found.length} onClick={() => show(1)}>
          <ChevronDown size={15} />
        </Step>
        <CloseButton size="sm" aria-label="Close the search" onClick={onClose} />
      </Group>
    </Panel>
  );
}

interface StepProps {
  label: string;
  isOff: boolean;
  onClick: () => void;
  children: React.ReactNode;
}

function Step({ label, isOff, onClick, children }: StepProps) {
  return (
    <ActionIcon variant="subtle" color="gray" aria-label={label} title={label} disabled={isOff} onClick={onClick}>
      {children}
    </ActionIcon>
  );
}
