/** A list as a table: each row is one link, new rows wait while somebody points at the list, pages load on demand. */

import { Button, Checkbox, Group, Table } from "@mantine/core";
import { type CSSProperties, type ReactNode, useEffect, useRef, useState } from "react";
import { useShortcut } from "../shell/shortcuts";
import { useHeldRows } from "./useHeldRows";
import { useRowKeys } from "./useRowKeys";
import type { Selection } from "./useSelection";
import "./rows.css";

/** Rows in the page up to which the next page loads by itself. */
const AUTOMATIC = 500;

export interface Column<Row> {
  key: string;
  label: ReactNode;
  /** What the label is called where it is not text. */
  name?: string;
  render: (row: Row) => ReactNode;
  /** CSS width, such as "120px", and that on a phone. */
  width?: string;
  phoneWidth?: string;
  /** The narrowest window in which the column is shown. */
  from?: "tablet" | "desktop";
}

interface RowsProps<Row> {
  label: string;
  rows: Row[];
  columns: Column<Row>[];
  idOf: (row: Row) => string;
  /** The link of a row: it fills the first cell, and its area is the whole row. */
  linkOf: (row: Row, content: ReactNode) => ReactNode;
  isDim?: (row: Row) => boolean;
  hasMore?: boolean;
  isLoadingMore?: boolean;
  onMore?: () => void;
  /** Rows that are chosen by a box before them, or by the key `x`. */
  selection?: Selection;
  /** How the box of a row is called. */
  nameOf?: (row: Row) => string;
  /** Changes when other rows are asked for, so that nothing is held back. */
  filterKey?: string;
}

export function Rows<Row>(props: RowsProps<Row>) {
  const { rows, columns, idOf, linkOf, isDim, selection, filterKey = "" } = props;
  const list = useRef<HTMLDivElement>(null);
  const [isBusy, setBusy] = useState(false);
  const { shown, held, isMore, release } = useHeldRows(rows, idOf, isBusy || !!selection?.chosen.size, filterKey);
  useListKeys(list, selection);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only notes whether somebody points at the list
    <div
      ref={list}
      className="panel rows"
      onMouseEnter={() => setBusy(true)}
      onMouseLeave={() => setBusy(false)}
      onFocus={() => setBusy(true)}
      onBlur={() => setBusy(false)}
    >
      {held > 0 && (
        <div className="rows-new" role="status">
          <button type="button" onClick={release}>
            {held}
            {isMore && "+"} new · show
          </button>
        </div>
      )}
      <Table aria-label={props.label} highlightOnHover verticalSpacing={9} horizontalSpacing="md">
        <Table.Thead>
          <Table.Tr>
            {selection && (
              <Table.Th className="rows-choose">
                <span className="visually-hidden">Chosen</span>
              </Table.Th>
            )}
            {columns.map((column) => (
              <Table.Th key={column.key} data-from={column.from} style={widthOf(column)} aria-label={column.name}>
                {column.label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {shown.map((row) => (
            <Table.Tr key={idOf(row)} data-id={idOf(row)} data-dim={isDim?.(row) || undefined}>
              {selection && (
                <Table.Td>
                  <Checkbox
                    size="xs"
                    aria-label={`Choose ${props.nameOf?.(row) ?? idOf(row)}`}
                    checked={selection.chosen.has(idOf(row))}
                    onChange={() => selection.toggle(idOf(row))}
                  />
                </Table.Td>
              )}
              {columns.map((column, index) => (
                <Table.Td key={column.key} data-from={column.from}>
                  {index === 0 ? linkOf(row, column.render(row)) : column.render(row)}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {props.hasMore && <More count={rows.length} isLoading={!!props.isLoadingMore} onMore={props.onMore} />}
    </div>
  );
}

/** The width of a column, and that on a phone as a variable for the style sheet. */
function widthOf<Row>({ width, phoneWidth = width }: Column<Row>): CSSProperties {
  return { "--width": width, "--phone-width": phoneWidth } as CSSProperties;
}

function More({ count, isLoading, onMore }: { count: number; isLoading: boolean; onMore?: () => void }) {
  const end = useRef<HTMLDivElement>(null);
  const isAutomatic = count < AUTOMATIC;
  useEffect(() => {
    if (!isAutomatic || isLoading || !end.current) return;
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting && onMore?.(), { rootMargin: "600px" });
    seen.observe(end.current);
    return () => seen.disconnect();
  }, [isAutomatic, isLoading, onMore]);
  return (
    <Group justify="center" p="sm" ref={end}>
      <Button variant="default" size="xs" loading={isLoading} onClick={onMore}>
        Load more
      </Button>
    </Group>
  );
}

/** The keys of a list: `x` chooses the row that has the focus. */
function useListKeys(list: React.RefObject<HTMLDivElement | null>, selection: Selection | undefined): void {
  useRowKeys(list, "tbody a.row-link");
  useShortcut("Ctrl+Enter", "Open the row in a new tab", null, "Lists");
  useShortcut(
    "x",
    "Choose the row",
    selection
      ? () => {
          const id = document.activeElement?.closest<HTMLElement>("tr[data-id]")?.dataset.id;
          if (id && list.current?.contains(document.activeElement)) selection.toggle(id);
        }
      : undefined,
    "Lists",
  );
}
