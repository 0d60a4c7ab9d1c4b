/** The title of a page: in the browser's tab, and at the end of the breadcrumb. */

import { useDocumentTitle } from "@mantine/hooks";
import { useEffect, useSyncExternalStore } from "react";

let shown = "";
const listeners = new Set<() => void>();

function show(title: string): void {
  shown = title;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Set the title; `prefix` is for the tab only. */
export function usePageTitle(title: string, prefix = ""): void {
  useDocumentTitle(`${prefix}${title} · Trigraph`);
  useEffect(() => show(title), [title]);
}

/** The title of the page that is shown. */
export function useShownTitle(): string {
  return useSyncExternalStore(subscribe, () => shown);
}
