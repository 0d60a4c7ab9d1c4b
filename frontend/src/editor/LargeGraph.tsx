/** A graph with more nodes than a canvas draws fast: its nodes as a list, and a button that draws it anyway. */

import { Button, Group, Stack } from "@mantine/core";
import type { NodeType } from "../api/nodeTypes";
import type { GraphRead } from "../client/types.gen";
import { Notice } from "../ui/Notice";
import { OutlinePane } from "./OutlinePane";

interface LargeGraphProps {
  graph: GraphRead;
  types: Map<string, NodeType>;
  selected: string | undefined;
  onSelect: (id: string) => void;
  onDraw: () => void;
}

export function LargeGraph({ graph, types, selected, onSelect, onDraw }: LargeGraphProps) {
  return (
    <Stack gap="xs" className="editor-large">
      <Notice tone="quiet">
        <Group gap="sm">
          <span>{graph.nodes.length.toLocaleString()} nodes are listed; drawing them takes a while.</span>
          <Button size="compact-xs" variant="default" onClick={onDraw}>
            Draw the graph anyway
          </Button>
        </Group>
      </Notice>
      <OutlinePane graph={graph} types={types} selected={selected} onSelect={onSelect} />
    </Stack>
  );
}
