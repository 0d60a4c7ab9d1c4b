/** Keys that do something: one listener for the page, and the list that `?` shows. */

import { useEffect, useRef } from "react";

export interface Shortcut {
  /** "j", "g w" for two keys in a row, or "Ctrl+k". */
  keys: string;
  label: string;
  group: string;
  /** Null: the browser or a component does it, and the key is only listed. */
  run: (() => void) | null;
}

/** Milliseconds in which the second key of two has to follow. */
const SEQUENCE = 900;
const registered = new Set<Shortcut>();
let first = "";
let firstAt = 0;

/** All shortcuts that work now. */
export function listShortcuts(): Shortcut[] {
  return [...registered];
}

/** Have a key do something while the component is shown; null: only list it; undefined: it has no such key now. */
export function useShortcut(
  keys: string,
  label: string,
  run: (() => void) | null | undefined,
  group = "Everywhere",
): void {
  const latest = useRef(run);
  latest.current = run;
  const kind = run === undefined ? "none" : run === null ? "listed" : "run";
  useEffect(() => {
    if (kind === "none") return;
    const shortcut = { keys, label, group, run: kind === "run" ? () => latest.current?.() : null };
    registered.add(shortcut);
    return () => {
      registered.delete(shortcut);
    };
  }, [keys, label, group, kind]);
}

/** True while the user types into a field. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

/** What was pressed, as shortcuts name it. */
export function nameOf(event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "shiftKey">): string {
  const key = event.key.length === 1 && event.key !== " " ? event.key : event.key;
  const isLetter = /^[a-z]$/i.test(key);
  const shift = event.shiftKey && isLetter ? "Shift+" : "";
  const control = event.ctrlKey || event.metaKey ? "Ctrl+" : "";
  return `${control}${shift}${isLetter ? key.toLowerCase() : key}`;
}

export function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey) return;
  const name = nameOf(event);
  if (!name.startsWith("Ctrl+") && (isTyping(event.target) || document.querySelector('[role="dialog"]'))) return;
  const pair = event.timeStamp - firstAt < SEQUENCE ? `${first} ${name}` : "";
  // The one that was registered last is the nearest to what is shown.
  const found = listShortcuts()
    .reverse()
    .find((shortcut) => shortcut.run && (shortcut.keys === pair || shortcut.keys === name));
  first = name;
  firstAt = event.timeStamp;
  if (!found?.run) return;
  event.preventDefault();
  found.run();
}
