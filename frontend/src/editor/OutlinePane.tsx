/** The nodes of the draft as a list with a search: the way for the keyboard, and where a graph is too large to draw. */

import { Stack, Text, TextInput } from "@mantine/core";
import { Search } from "lucide-react";
import { useMemo, useState } from "react";
import type { NodeType } from "../api/nodeTypes";
import { Outline } from "../canvas/Outline";
import type { GraphRead } from "../client/types.gen";
import { findNodes } from "../graph/find";
import { inRunOrder } from "../graph/order";
import { boxesOf, linesOf } from "../graph/view";

/** Nodes that are listed at once. */
const MOST = 300;

interface OutlinePaneProps {
  graph: GraphRead;
  types: Map<string, NodeType>;
  selected: string | undefined;
  onSelect: (id: string) => void;
}

export function OutlinePane({ graph, types, selected, onSelect }: OutlinePaneProps) {
  const [query, setQuery] = useState("");
  const nodes = useMemo(() => inRunOrder(graph), [graph]);
  const edges = useMemo(() => linesOf(graph), [graph]);
  const found = useMemo(() => findNodes(nodes, types, query), [nodes, types, query]);
  const shown = useMemo(() => boxesOf({ ...graph, nodes: found.slice(0, MOST) }, {}, types), [graph, found, types]);
  return (
    <Stack gap="xs" className="outline-pane">
      <TextInput
        size="xs"
        aria-label="Find a node"
        placeholder="Find a node"
        leftSection={<Search size={14} />}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && found[0] && onSelect(found[0].id)}
      />
      <Outline boxes={shown} edges={edges} selected={selected} onSelect={onSelect} />
      {found.length > MOST && (
        <Text size="xs" className="quiet">
          The first {MOST} of {found.length.toLocaleString()} nodes; the search finds the others.
        </Text>
      )}
      {found.length === 0 && (
        <Text size="sm" className="quiet">
          No node has this text.
        </Text>
      )}
    </Stack>
  );
}
