/** Nodes × executions: each cell is what became of a node, and leads to its step. */

import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type CSSProperties, type KeyboardEvent, useRef, useState } from "react";
import { type Grid as GridData, gridQuery } from "../api/grid";
import { lookOf } from "../status";
import { absoluteText } from "../ui/time";
import { movedTo, type Place } from "./gridKeys";
import "./grid.css";

export function Grid({ workflowId }: { workflowId: string }) {
  const { data } = useQuery(gridQuery(workflowId));
  if (!data || data.executions.length < 2) return null;
  // The newest execution is at the right, as on a time line.
  return <Cells grid={data} columns={data.executions.map((_, index) => index).reverse()} />;
}

function Cells({ grid, columns }: { grid: GridData; columns: number[] }) {
  const [place, setPlace] = useState<Place>({ row: 0, column: columns.length - 1 });
  const table = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent) => {
    const next = movedTo(place, event.key, { rows: grid.nodes.length, columns: columns.length });
    if (!next) return;
    event.preventDefault();
    setPlace(next);
    table.current?.querySelector<HTMLElement>(`[data-place="${next.row} ${next.column}"]`)?.focus();
  };
  return (
    <div>
      <div className="panel grid" ref={table}>
        {/* biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table with keys */}
        <table role="grid" aria-label="Nodes in the newest executions" onKeyDown={move}>
          <thead>
            <tr>
              <th scope="col" className="grid-name quiet">
                Node
              </th>
              {columns.map((at) => (
                <Heading key={grid.executions[at]?.id} execution={grid.executions[at]} />
              ))}
            </tr>
          </thead>
          <tbody>
            {grid.nodes.map((node, row) => (
              <tr key={node.id}>
                <th scope="row" className="grid-name" title={node.title}>
                  <bdi>{node.title}</bdi>
                </th>
                {columns.map((at, column) => (
                  <Cell
                    key={grid.executions[at]?.id}
                    execution={grid.executions[at]?.id ?? ""}
                    node={node}
                    status={grid.cells[row]?.[at] ?? null}
                    place={`${row} ${column}`}
                    isCurrent={place.row === row && place.column === column}
                    onFocus={() => setPlace({ row, column })}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {grid.more_nodes && (
        <Text size="xs" className="quiet" mt={4}>
          The first {grid.nodes.length} nodes are shown.
        </Text>
      )}
    </div>
  );
}

function Heading({ execution }: { execution: GridData["executions"][number] | undefined }) {
  if (!execution) return null;
  const { word, colour, icon: Icon } = lookOf(execution.status);
  const text = `${word}, version ${execution.version}, ${absoluteText(new Date(execution.created_at))}`;
  return (
    <th scope="col" className="grid-head" title={text} style={{ color: colour }}>
      <Icon size={13} aria-hidden />
      <span className="visually-hidden">{text}</span>
    </th>
  );
}

interface CellProps {
  execution: string;
  node: { id: string; title: string };
  status: string | null;
  place: string;
  isCurrent: boolean;
  onFocus: () => void;
}

function Cell({ execution, node, status, place, isCurrent, onFocus }: CellProps) {
  const look = status ? lookOf(status) : undefined;
  const Icon = look?.icon;
  const name = `${node.title}: ${look?.word ?? "no step"}`;
  return (
    <td>
      <Link
        to="/executions/$executionId"
        params={{ executionId: execution }}
        search={{ node: node.id }}
        className="grid-cell"
        data-place={place}
        data-pattern={look?.pattern}
        tabIndex={isCurrent ? 0 : -1}
        aria-label={name}
        title={name}
        style={look && ({ "--look": look.colour } as CSSProperties)}
        onFocus={onFocus}
        preload={false}
      >
        {Icon && <Icon size={12} strokeWidth={2.6} aria-hidden />}
      </Link>
    </td>
  );
}
