/** Which rows of a list are shown while new ones are held back. */

export interface Known<Row> {
  /** The id of the row that was at the top when nothing was held back; undefined for an empty list. */
  top: string | undefined;
  /** The rows that were shown last. */
  shown: Row[];
}

export interface Held<Row> {
  shown: Row[];
  /** The number of new rows that are not shown. */
  held: number;
  /** True if there may be more of them than have been loaded. */
  isMore: boolean;
}

/** Without the rows that came above those that were shown; all of them if none of these is on the pages any more. */
export function holdRows<Row>(rows: Row[], known: Known<Row>, idOf: (row: Row) => string): Held<Row> {
  if (known.top === undefined) return { shown: rows, held: 0, isMore: false };
  // The row at the top may have been deleted.
  const before = new Set(known.shown.map(idOf)).add(known.top);
  const start = rows.findIndex((row) => before.has(idOf(row)));
  if (start >= 0) return { shown: start ? rows.slice(start) : rows, held: start, isMore: false };
  if (rows.length === 0) return { shown: rows, held: 0, isMore: false };
  return { shown: known.shown, held: rows.length, isMore: true };
}
