/** The nodes of two executions side by side; by default only those that differ, and only rows in sight are in the page. */

import { Group, Switch, Text, Title } from "@mantine/core";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";
import type { ComparedNode, Diff } from "../api/compare";
import { rowKey } from "./differences";
import { NodeRow } from "./NodeRow";

const HEIGHT = 46;

interface NodesTableProps {
  diff: Diff;
  /** The rows that are shown. */
  rows: ComparedNode[];
  /** Of all nodes, those that differ. */
  differing: number;
  isAll: boolean;
  onAll: (isAll: boolean) => void;
  selected: string | undefined;
  onSelect: (node: ComparedNode) => void;
}

export function NodesTable({ diff, rows, differing, isAll, onAll, selected, onSelect }: NodesTableProps) {
  return (
    <section>
      <Group justify="space-between" mb="xs" gap="sm">
        <Title order={2}>
          {isAll ? "All nodes" : "Nodes that differ"}{" "}
          <span className="quiet">
            {differing.toLocaleString()} of {diff.nodes.length.toLocaleString()}
          </span>
        </Title>
        <Switch
          size="sm"
          label="Only differences"
          checked={!isAll}
          onChange={(event) => onAll(!event.currentTarget.checked)}
        />
      </Group>
      {rows.length === 0 ? (
        <Text className="panel quiet" p="md" size="sm">
          Every node ended in the same way, with the same input and output.
        </Text>
      ) : (
        <Lines rows={rows} first={diff.first_difference} selected={selected} onSelect={onSelect} />
      )}
    </section>
  );
}

interface LinesProps {
  rows: ComparedNode[];
  first: string | null;
  selected: string | undefined;
  onSelect: (node: ComparedNode) => void;
}

function Lines({ rows, first, selected, onSelect }: LinesProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => HEIGHT,
    overscan: 10,
  });
  const at = rows.findIndex((row) => rowKey(row) === selected);
  useEffect(() => {
    if (at >= 0) virtual.scrollToIndex(at, { align: "auto" });
  }, [at, virtual]);
  const firstAt = rows.findIndex((row) => row.node_id === first);
  const items = virtual.getVirtualItems();
  const above = items[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (items[items.length - 1]?.end ?? 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls can be reached by the keyboard
    <section ref={scroller} className="panel compared" tabIndex={0} aria-label="Rows">
      <table aria-label="Nodes of both executions" aria-rowcount={rows.length + 1}>
        <thead>
          <tr>
            <th scope="col">Node</th>
            <th scope="col">A</th>
            <th scope="col">B</th>
            <th scope="col" data-from="tablet">
              Slower
            </th>
            <th scope="col" data-from="tablet">
              Input
            </th>
            <th scope="col" data-from="tablet">
              Output
            </th>
          </tr>
        </thead>
        <tbody>
          <Spacer height={above} />
          {items.map((item) => {
            const node = rows[item.index] as ComparedNode;
            return (
              <NodeRow
                key={rowKey(node)}
                node={node}
                index={item.index}
                isFirst={item.index === firstAt}
                isSelected={rowKey(node) === selected}
                height={HEIGHT}
                onSelect={() => onSelect(node)}
              />
            );
          })}
          <Spacer height={below} />
        </tbody>
      </table>
    </section>
  );
}

/** Stands for the rows that are out of sight. */
function Spacer({ height }: { height: number }) {
  if (height <= 0) return null;
  return (
    <tr aria-hidden style={{ height }}>
      <td colSpan={6} />
    </tr>
  );
}
