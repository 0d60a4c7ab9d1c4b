/** Moving among the cells of a grid by keys. */

export interface Place {
  row: number;
  column: number;
}

/** The place after a key such as "End" or "Ctrl+End"; null for keys that do not move. */
export function movedTo({ row, column }: Place, key: string, size: { rows: number; columns: number }): Place | null {
  const places: Record<string, Place> = {
    ArrowUp: { row: row - 1, column },
    ArrowDown: { row: row + 1, column },
    ArrowLeft: { row, column: column - 1 },
    ArrowRight: { row, column: column + 1 },
    Home: { row, column: 0 },
    End: { row, column: size.columns - 1 },
    "Ctrl+Home": { row: 0, column: 0 },
    "Ctrl+End": { row: size.rows - 1, column: size.columns - 1 },
    PageUp: { row: row - 10, column },
    PageDown: { row: row + 10, column },
  };
  const next = places[key];
  return next ? { row: within(next.row, size.rows), column: within(next.column, size.columns) } : null;
}

function within(at: number, count: number): number {
  return Math.min(Math.max(at, 0), count - 1);
}
