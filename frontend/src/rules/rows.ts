/** The rows of a rule tree: what is shown of it while some of its groups are closed. */

import type { ItemRead } from "../client/types.gen";
import { type Clause, isClause, isGroup } from "./clauses";

export interface Row {
  /** Unique in the tree, and the same whenever the same rule is explained: the pointer, and the items of loops. */
  key: string;
  parent: string | null;
  depth: number;
  /** The clause of the row; of an item of a loop, the body of the loop. */
  clause: Clause;
  item?: ItemRead;
  /** A line about what is not shown, in place of a clause. */
  note?: string;
  hasChildren: boolean;
}

/** All rows below a clause, itself first; those inside the closed ones are left out. */
export function rowsOf(clause: Clause, closed: ReadonlySet<string>): Row[] {
  const rows: Row[] = [];
  addClause(rows, clause, clause.pointer, null, 0, closed);
  return rows;
}

function addClause(
  rows: Row[],
  clause: Clause,
  key: string,
  parent: string | null,
  depth: number,
  closed: ReadonlySet<string>,
): void {
  const hasChildren = isGroup(clause) || !!clause.truncated;
  rows.push({ key, parent, depth, clause, hasChildren });
  if (hasChildren && !closed.has(key)) addInside(rows, clause, key, depth + 1, closed);
}

function addInside(rows: Row[], clause: Clause, key: string, depth: number, closed: ReadonlySet<string>): void {
  const place = key.slice(0, key.length - clause.pointer.length);
  const inside = clause.items ? clause.args.filter(isClause).slice(0, 1) : clause.args.filter(isClause);
  for (const part of inside) addClause(rows, part, place + part.pointer, key, depth, closed);
  for (const item of clause.items ?? []) {
    const itemKey = `${key}[${item.index}]`;
    rows.push({ key: itemKey, parent: key, depth, clause: item.clause, item, hasChildren: true });
    if (!closed.has(itemKey)) {
      addClause(rows, item.clause, `${itemKey}${item.clause.pointer}`, itemKey, depth + 1, closed);
    }
  }
  if (clause.more) rows.push(noteRow(clause, key, depth, moreText(clause.more.items, clause.more.true)));
  if (clause.truncated) rows.push(noteRow(clause, key, depth, "More clauses are inside; they are left out here."));
}

function noteRow(clause: Clause, parent: string, depth: number, note: string): Row {
  return { key: `${parent}#${note}`, parent, depth, clause, note, hasChildren: false };
}

function moreText(items: number, holds: number): string {
  return `and ${items.toLocaleString()} more, ${holds.toLocaleString()} of them true`;
}

/** Items of loops are closed at first, but for the one in which the first failing clause may be. */
export function closedAtFirst(clause: Clause): Set<string> {
  const closed = new Set<string>();
  const all = rowsOf(clause, closed);
  for (const row of all) if (row.item) closed.add(row.key);
  return closed;
}
