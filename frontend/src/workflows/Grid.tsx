/** Nodes × executions: each cell is what became of a node, and leads to its step. */

import { Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { type CSSProperties, type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";
import { type Grid as GridData, gridQuery } from "../api/grid";
import { lookOf } from "../status";
import { absoluteText } from "../ui/time";
import { movedTo, type Place } from "./gridKeys";
import "./grid.css";

/** Nodes up to which every row is in the page, and the height of a row. */
const MANY = 200;
const ROW = 25;

export default function Grid({ workflowId }: { workflowId: string }) {
  const { data } = useQuery(gridQuery(workflowId));
  if (!data || data.executions.length < 2) return null;
  // The newest execution is at the right, as on a time line.
  return <Cells grid={data} columns={data.executions.map((_, index) => index).reverse()} />;
}

function Cells({ grid, columns }: { grid: GridData; columns: number[] }) {
  const [place, setPlace] = useState<Place>({ row: 0, column: columns.length - 1 });
  const table = useRef<HTMLDivElement>(null);
  const shown = useShownRows(grid.nodes.length, table);
  const focus = useFocus(table, place);
  const move = (event: KeyboardEvent) => {
    const key = event.ctrlKey || event.metaKey ? `Ctrl+${event.key}` : event.key;
    const next = movedTo(place, key, { rows: grid.nodes.length, columns: columns.length });
    if (!next) return;
    event.preventDefault();
    setPlace(next);
    shown.scrollTo(next.row);
    focus();
  };
  // The cell that Tab reaches is always there, also where the last one was scrolled away.
  const first = shown.rows[0] ?? 0;
  const reached = Math.min(Math.max(place.row, first), shown.rows.at(-1) ?? first);
  return (
    <div>
      <div className="panel grid" ref={table}>
        <table
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: a grid is a table with keys
          role="grid"
          aria-label="Nodes in the newest executions"
          aria-rowcount={grid.nodes.length + 1}
          onKeyDown={move}
        >
          <thead>
            <tr aria-rowindex={1}>
              <th scope="col" className="grid-name quiet">
                Node
              </th>
              {columns.map((at) => (
                <Heading key={grid.executions[at]?.id} execution={grid.executions[at]} />
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.above > 0 && <tr aria-hidden style={{ height: shown.above }} />}
            {shown.rows.map((row) => (
              <Row
                key={grid.nodes[row]?.id}
                grid={grid}
                row={row}
                columns={columns}
                current={row === reached ? place.column : null}
                onFocus={setPlace}
              />
            ))}
            {shown.below > 0 && <tr aria-hidden style={{ height: shown.below }} />}
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

/** The rows in the page, and the heights of those above and below. */
function useShownRows(count: number, table: RefObject<HTMLDivElement | null>) {
  const isVirtual = count > MANY;
  const rows = useVirtualizer({
    count: isVirtual ? count : 0,
    getScrollElement: () => table.current,
    estimateSize: () => ROW,
    overscan: 12,
  });
  const items = rows.getVirtualItems();
  const [first, last] = [items[0], items.at(-1)];
  return {
    rows: isVirtual ? items.map((item) => item.index) : Array.from({ length: count }, (_, row) => row),
    above: first?.start ?? 0,
    below: last ? rows.getTotalSize() - last.end : 0,
    scrollTo: (row: number) => isVirtual && rows.scrollToIndex(row),
  };
}

/** Gives the focus to the cell of a place once it is in the page. */
function useFocus(table: RefObject<HTMLDivElement | null>, { row, column }: Place) {
  const isWanted = useRef(false);
  useEffect(() => {
    if (!isWanted.current) return;
    const cell = table.current?.querySelector<HTMLElement>(`[data-place="${row} ${column}"]`);
    if (!cell) return;
    isWanted.current = false;
    cell.focus();
  });
  return () => {
    isWanted.current = true;
  };
}

interface RowProps {
  grid: GridData;
  row: number;
  columns: number[];
  /** The column whose cell the key Tab reaches, if it is in this row. */
  current: number | null;
  onFocus: (place: Place) => void;
}

function Row({ grid, row, columns, current, onFocus }: RowProps) {
  const node = grid.nodes[row];
  if (!node) return null;
  return (
    <tr aria-rowindex={row + 2}>
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
          isCurrent={column === current}
          onFocus={() => onFocus({ row, column })}
        />
      ))}
    </tr>
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
