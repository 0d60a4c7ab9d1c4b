/** What stands beside the canvas: node types to add, or the nodes of the graph as a list. */

import { SegmentedControl, Stack } from "@mantine/core";
import { useState } from "react";
import type { NodeType } from "../api/nodeTypes";
import type { GraphRead } from "../client/types.gen";
import { OutlinePane } from "./OutlinePane";
import { TypeList } from "./TypeList";

interface SideProps {
  graph: GraphRead | null;
  types: Map<string, NodeType>;
  selected: string | undefined;
  /** True: nothing can be added now. */
  isOff: boolean;
  onAdd: (type: NodeType) => void;
  onSelect: (id: string) => void;
}

export function Side({ graph, types, selected, isOff, onAdd, onSelect }: SideProps) {
  const [shown, setShown] = useState("add");
  return (
    <Stack gap="xs" className="editor-side">
      <SegmentedControl
        size="xs"
        aria-label="Beside the canvas"
        value={shown}
        onChange={setShown}
        data={[
          { value: "add", label: "Add" },
          { value: "outline", label: "Outline" },
        ]}
      />
      {shown === "add" ? (
        <Stack gap="xs" component="section" aria-label="Node types" className="side-list" inert={isOff}>
          <TypeList types={types} onAdd={onAdd} isFilter />
        </Stack>
      ) : (
        graph && <OutlinePane graph={graph} types={types} selected={selected} onSelect={onSelect} />
      )}
    </Stack>
  );
}
