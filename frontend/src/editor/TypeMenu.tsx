/** The node types as a menu at a place of the window: for a new node at the end or in the middle of an edge. */

import { Popover, Stack } from "@mantine/core";
import type { NodeType } from "../api/nodeTypes";
import type { Point } from "../graph/size";
import { TypeList } from "./TypeList";

interface TypeMenuProps {
  /** Where in the window. */
  at: Point;
  types: Map<string, NodeType>;
  onChoose: (type: NodeType) => void;
  onClose: () => void;
}

export function TypeMenu({ at, types, onChoose, onClose }: TypeMenuProps) {
  return (
    <Popover
      opened
      onChange={(isOpen) => !isOpen && onClose()}
      position="right-start"
      trapFocus
      shadow="md"
      width={240}
    >
      <Popover.Target>
        <span style={{ position: "fixed", left: at.x, top: at.y }} />
      </Popover.Target>
      <Popover.Dropdown aria-label="Add a node">
        <Stack gap="xs" mah={320} className="type-menu">
          <TypeList types={types} onAdd={onChoose} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}
