/** The search and the list of keys: loaded once the page is idle, because no page needs them to be drawn. */

import { lazy, Suspense, useEffect, useSyncExternalStore } from "react";

const loadSearch = () => import("./CommandPalette");
const loadHelp = () => import("./ShortcutHelp");
const CommandPalette = lazy(() => loadSearch().then((file) => ({ default: file.CommandPalette })));
const ShortcutHelp = lazy(() => loadHelp().then((file) => ({ default: file.ShortcutHelp })));

/** Milliseconds after which both are loaded where a browser does not say when it is idle. */
const SOON = 1000;

let opened: ReadonlySet<"search" | "help"> = new Set();
const listeners = new Set<() => void>();

function set(next: ReadonlySet<"search" | "help">): void {
  opened = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function openSearch(): void {
  // Once it was opened it stays mounted, so that it can fade away.
  set(new Set([...opened, "search"]));
  void loadSearch().then(({ openPalette }) => openPalette());
}

export function openHelp(): void {
  set(new Set([...opened, "help"]));
}

function closeHelp(): void {
  set(new Set([...opened].filter((each) => each !== "help")));
}

export function ShellDialogs() {
  const shown = useSyncExternalStore(subscribe, () => opened);
  useEffect(() => {
    const load = () => void Promise.allSettled([loadSearch(), loadHelp()]);
    if (window.requestIdleCallback) window.requestIdleCallback(load);
    else setTimeout(load, SOON);
  }, []);
  return (
    <Suspense>
      {shown.has("search") && <CommandPalette />}
      {shown.has("help") && <ShortcutHelp onClose={closeHelp} />}
    </Suspense>
  );
}
