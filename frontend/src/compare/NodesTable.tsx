/** The nodes of two executions side by side; by default only those at which they differ. */

import { Group, Switch, Table, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { ComparedNode, Diff } from "../api/compare";
import { StatusBadge } from "../ui/StatusBadge";
import { durationText } from "../ui/time";
import { isDifferent, pathOf, sideText, sideWord } from "./differences";

interface NodesTableProps {
  diff: Diff;
  a: string;
  b: string;
  isAll: boolean;
  onAll: (isAll: boolean) => void;
}

/** Rows that are shown at first; more come by a button. */
const SHOWN = 300;

export function NodesTable({ diff, a, b, isAll, onAll }: NodesTableProps) {
  const [most, setMost] = useState(SHOWN);
  const differing = diff.nodes.filter(isDifferent);
  const rows = isAll ? diff.nodes : differing;
  return (
    <section>
      <Group justify="space-between" mb="xs" gap="sm">
        <Title order={2}>
          {isAll ? "All nodes" : "Nodes that differ"}{" "}
          <span className="quiet">
            {differing.length.toLocaleString()} of {diff.nodes.length.toLocaleString()}
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
        <div className="panel compared">
          <Table aria-label="Nodes of both executions" horizontalSpacing="md" verticalSpacing={9}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Node</Table.Th>
                <Table.Th>A</Table.Th>
                <Table.Th>B</Table.Th>
                <Table.Th data-from="tablet">Input</Table.Th>
                <Table.Th data-from="tablet">Output</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.slice(0, most).map((node) => (
                <NodeRow
                  key={`${node.node_id} ${node.visit}`}
                  node={node}
                  ids={[a, b]}
                  isFirst={node.node_id === diff.first_difference}
                />
              ))}
            </Table.Tbody>
          </Table>
          {rows.length > most && (
            <button type="button" className="rows-new" onClick={() => setMost(most + SHOWN)}>
              {(rows.length - most).toLocaleString()} more · show
            </button>
          )}
        </div>
      )}
    </section>
  );
}

interface NodeRowProps {
  node: ComparedNode;
  ids: [string, string];
  isFirst: boolean;
}

function NodeRow({ node, ids, isFirst }: NodeRowProps) {
  return (
    <Table.Tr data-side={node.side} data-first={isFirst || undefined}>
      <Table.Td>
        <Text size="sm" fw={550} style={{ overflowWrap: "anywhere" }}>
          {node.node_id}
          {node.visit > 1 && <span className="quiet"> visit {node.visit}</span>}
        </Text>
        {(node.side !== "both" || isFirst) && (
          <Text size="xs" className="quiet">
            {[isFirst && "first difference", node.side !== "both" && sideWord(node.side)].filter(Boolean).join(" · ")}
          </Text>
        )}
      </Table.Td>
      {ids.map((id, index) => (
        <Table.Td key={index === 0 ? "a" : "b"}>
          <Visit id={id} node={node} index={index} />
        </Table.Td>
      ))}
      <Table.Td data-from="tablet">{node.side === "both" && <Same what={node.input} />}</Table.Td>
      <Table.Td data-from="tablet">
        {node.side === "both" && <Same what={node.output} />}
        {node.first_difference && (
          <Text size="xs" style={{ overflowWrap: "anywhere" }}>
            <code>{pathOf(node.first_difference.pointer) || "the whole"}</code>:{" "}
            <code>{sideText(node.first_difference, "a")}</code> → <code>{sideText(node.first_difference, "b")}</code>
          </Text>
        )}
      </Table.Td>
    </Table.Tr>
  );
}

/** One side of a node: its status, which leads to the node in the execution, and how long it took. */
function Visit({ id, node, index }: { id: string; node: ComparedNode; index: number }) {
  const status = node.status[index];
  const took = node.took_ms[index];
  if (!status) return <span className="quiet">–</span>;
  return (
    <Group gap={8}>
      <Link to="/executions/$executionId" params={{ executionId: id }} search={{ node: node.node_id }}>
        <StatusBadge status={status} />
      </Link>
      {took != null && (
        <Text size="xs" className="quiet">
          {durationText(took)}
        </Text>
      )}
    </Group>
  );
}

function Same({ what }: { what: "same" | "differs" }) {
  return what === "same" ? <span className="quiet">same</span> : <strong className="differs">differs</strong>;
}
