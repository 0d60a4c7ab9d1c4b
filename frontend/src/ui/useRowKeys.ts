/** `j` and `k` move the focus along the rows of a list. */

import type { RefObject } from "react";
import { useShortcut } from "../shell/shortcuts";

/** `rows` selects what can have the focus, in the order in which it is shown. */
export function useRowKeys(list: RefObject<HTMLElement | null>, rows: string): void {
  const move = (by: number) => {
    const found = [...(list.current?.querySelectorAll<HTMLElement>(rows) ?? [])];
    const at = found.indexOf(document.activeElement as HTMLElement);
    const next = at < 0 ? (by > 0 ? 0 : found.length - 1) : at + by;
    found[Math.min(Math.max(next, 0), found.length - 1)]?.focus();
  };
  useShortcut("j", "Next row", () => move(1), "Lists");
  useShortcut("k", "Previous row", () => move(-1), "Lists");
  useShortcut("Enter", "Open the row", null, "Lists");
}
