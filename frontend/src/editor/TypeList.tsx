/** The node types that can be added, by category, with a search. */

import { ScrollArea, Text, TextInput, UnstyledButton } from "@mantine/core";
import { Search } from "lucide-react";
import { useState } from "react";
import type { NodeType } from "../api/nodeTypes";
import { iconOf } from "../canvas/icons";

interface TypeListProps {
  types: Map<string, NodeType>;
  onAdd: (type: NodeType) => void;
  /** True for the one that the key `f` focuses. */
  isFilter?: boolean;
}

export function TypeList({ types, onAdd, isFilter }: TypeListProps) {
  const [query, setQuery] = useState("");
  const wanted = query.trim().toLowerCase();
  const found = [...types.values()].filter((type) => `${type.title} ${type.type}`.toLowerCase().includes(wanted));
  const categories = [...new Set(found.map((type) => type.category))].sort();
  return (
    <>
      <TextInput
        size="xs"
        data-filter={isFilter || undefined}
        data-autofocus={!isFilter || undefined}
        aria-label="Find a node type"
        placeholder="Add a node"
        leftSection={<Search size={14} />}
        value={query}
        onChange={(event) => setQuery(event.currentTarget.value)}
        onKeyDown={(event) => event.key === "Enter" && found[0] && onAdd(found[0])}
      />
      <ScrollArea style={{ flex: 1 }} type="auto">
        {categories.map((category) => (
          <div key={category}>
            <Text size="xs" fw={600} className="quiet" mt="sm" mb={4}>
              {category}
            </Text>
            {found
              .filter((type) => type.category === category)
              .map((type) => (
                <Entry key={type.type} type={type} onAdd={onAdd} />
              ))}
          </div>
        ))}
        {found.length === 0 && (
          <Text size="sm" className="quiet">
            No node type has this name.
          </Text>
        )}
      </ScrollArea>
    </>
  );
}

function Entry({ type, onAdd }: { type: NodeType; onAdd: (type: NodeType) => void }) {
  const Icon = iconOf(type.icon);
  return (
    <UnstyledButton className="palette-entry" onClick={() => onAdd(type)} title={`Add ${type.type}`}>
      <Icon size={16} aria-hidden />
      <span className="cut">{type.title}</span>
    </UnstyledButton>
  );
}
