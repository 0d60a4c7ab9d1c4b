/** The keys of a tree: up and down, open and close, first and last. One row takes part in the order of Tab. */

import { type KeyboardEvent, useEffect, useRef, useState } from "react";

/** What the keys need to know of a row. */
interface TreeRow {
  key: string;
  parent: string | null;
  hasChildren: boolean;
}

interface TreeKeys {
  /** The key of the row that Tab reaches. */
  current: string;
  onKeyDown: (event: KeyboardEvent) => void;
  onFocus: (key: string) => void;
  register: (key: string, element: HTMLElement | null) => void;
  /** Focus a row, also one that is shown only after the next change. */
  focus: (key: string) => void;
}

export function useTreeKeys(
  rows: TreeRow[],
  start: string,
  closed: ReadonlySet<string>,
  setOpen: (key: string, isOpen: boolean) => void,
): TreeKeys {
  const elements = useRef(new Map<string, HTMLElement>());
  const [chosen, setChosen] = useState(start);
  const [wanted, setWanted] = useState<string | null>(null);
  const current = rows.some((row) => row.key === chosen) ? chosen : (rows[0]?.key ?? "");
  const at = rows.findIndex((row) => row.key === current);
  useEffect(() => {
    if (wanted === null) return;
    elements.current.get(wanted)?.focus();
    setWanted(null);
  }, [wanted]);
  const move = (key: string | null | undefined) => {
    if (key === null || key === undefined) return;
    setChosen(key);
    elements.current.get(key)?.focus();
  };
  const step = (row: TreeRow | undefined, isForward: boolean) => {
    if (!row) return;
    const isOpen = row.hasChildren && !closed.has(row.key);
    if (isForward) {
      if (row.hasChildren && !isOpen) setOpen(row.key, true);
      else if (isOpen) move(rows[at + 1]?.key);
    } else if (isOpen) setOpen(row.key, false);
    else move(row.parent);
  };
  const actions: Record<string, () => void> = {
    ArrowDown: () => move(rows[at + 1]?.key),
    ArrowUp: () => move(rows[at - 1]?.key),
    ArrowRight: () => step(rows[at], true),
    ArrowLeft: () => step(rows[at], false),
    Home: () => move(rows[0]?.key),
    End: () => move(rows.at(-1)?.key),
  };
  return {
    current,
    onKeyDown: (event) => {
      const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
      if (!action) return;
      event.preventDefault();
      action();
    },
    onFocus: setChosen,
    register: (key, element) => {
      if (element) elements.current.set(key, element);
      else elements.current.delete(key);
    },
    focus: (key) => {
      setChosen(key);
      setWanted(key);
    },
  };
}
