/** The rows of a list that are chosen, by their ids. */

import { useState } from "react";

export interface Selection {
  chosen: ReadonlySet<string>;
  toggle: (id: string) => void;
  clear: () => void;
}

/** A choice that is dropped when other rows are asked for. */
export function useSelection(filterKey: string): Selection {
  const [state, setState] = useState({ filterKey, chosen: new Set<string>() });
  const chosen = state.filterKey === filterKey ? state.chosen : new Set<string>();
  const toggle = (id: string) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setState({ filterKey, chosen: next });
  };
  return { chosen, toggle, clear: () => setState({ filterKey, chosen: new Set() }) };
}
