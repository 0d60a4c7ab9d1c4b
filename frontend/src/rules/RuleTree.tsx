/** An explained rule as a tree: one row for each clause, with the value that it had. */

import { useMemo, useState } from "react";
import { type Clause, pointersTo } from "./clauses";
import { RuleRow } from "./RuleRow";
import { closedAtFirst, rowsOf } from "./rows";
import { useTreeKeys } from "./useTreeKeys";
import "./rules.css";

interface RuleTreeProps {
  tree: Clause;
  label: string;
  /** The pointer of the clause that decided. */
  stoppedAt?: string | null;
  /** Called with the paths that a clause reads, when it is chosen. */
  onChoose?: (clause: Clause) => void;
}

export function RuleTree({ tree, label, stoppedAt, onChoose }: RuleTreeProps) {
  const [changed, setChanged] = useState<ReadonlyMap<string, boolean>>(new Map());
  const closed = useMemo(() => closedNow(tree, changed), [tree, changed]);
  const rows = useMemo(() => rowsOf(tree, closed), [tree, closed]);
  const setOpen = (key: string, isOpen: boolean) => setChanged((old) => new Map(old).set(key, isOpen));
  const start = [...pointersTo(stoppedAt ?? "")].reverse().find((key) => rows.some((row) => row.key === key)) ?? "";
  const keys = useTreeKeys(rows, start, closed, setOpen);
  return (
    <div className="rule-tree" role="tree" aria-label={label} onKeyDown={keys.onKeyDown}>
      {rows.map((row) => (
        <RuleRow
          key={row.key}
          row={row}
          isOpen={!closed.has(row.key)}
          isCurrent={row.key === keys.current}
          isStop={row.key === stoppedAt && !row.item}
          register={keys.register}
          onFocus={keys.onFocus}
          onToggle={() => setOpen(row.key, closed.has(row.key))}
          onChoose={onChoose}
        />
      ))}
    </div>
  );
}

/** The rows that are closed: some at first, and those that the user has closed and not opened again. */
function closedNow(tree: Clause, changed: ReadonlyMap<string, boolean>): ReadonlySet<string> {
  const closed = closedAtFirst(tree);
  for (const [key, isOpen] of changed) {
    if (isOpen) closed.delete(key);
    else closed.add(key);
  }
  return closed;
}
