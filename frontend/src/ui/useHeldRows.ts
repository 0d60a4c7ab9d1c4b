/** Rows that arrive at the top while the list is in use are held back, so that nothing moves under the pointer. */

import { useReducer, useRef } from "react";

interface Held<Row> {
  shown: Row[];
  /** The number of new rows that are not shown yet. */
  held: number;
  release: () => void;
}

export function useHeldRows<Row>(
  rows: Row[],
  idOf: (row: Row) => string,
  isBusy: boolean,
  filterKey: string,
): Held<Row> {
  const known = useRef<{ filterKey: string; top: string | undefined }>({ filterKey, top: undefined });
  const start = firstShown(rows, idOf, known.current, isBusy && known.current.filterKey === filterKey);
  const [, drawAgain] = useReducer((count: number) => count + 1, 0);
  const note = () => {
    known.current = { filterKey, top: rows[0] && idOf(rows[0]) };
  };
  if (start === 0) note();
  const release = () => {
    note();
    drawAgain();
  };
  return { shown: start ? rows.slice(start) : rows, held: start, release };
}

/** The index of the first row to show: that of the row which was at the top before. */
function firstShown<Row>(rows: Row[], idOf: (row: Row) => string, known: { top: string | undefined }, hold: boolean) {
  if (!hold || known.top === undefined) return 0;
  return Math.max(
    0,
    rows.findIndex((row) => idOf(row) === known.top),
  );
}
