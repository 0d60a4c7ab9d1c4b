/** Rows that arrive at the top while the list is in use are held back, so that nothing moves under the pointer. */

import { useReducer, useRef } from "react";
import { type Held, holdRows, type Known } from "./heldRows";

export function useHeldRows<Row>(
  rows: Row[],
  idOf: (row: Row) => string,
  isBusy: boolean,
  filterKey: string,
): Held<Row> & { release: () => void } {
  const known = useRef<Known<Row> & { filterKey: string }>({ filterKey, top: undefined, shown: [] });
  const [, drawAgain] = useReducer((count: number) => count + 1, 0);
  const note = () => {
    known.current = { filterKey, top: rows[0] && idOf(rows[0]), shown: rows };
  };
  const isHolding = isBusy && known.current.filterKey === filterKey;
  const held: Held<Row> = isHolding ? holdRows(rows, known.current, idOf) : { shown: rows, held: 0, isMore: false };
  if (held.held === 0) note();
  else known.current.shown = held.shown;
  const release = () => {
    note();
    drawAgain();
  };
  return { ...held, release };
}
