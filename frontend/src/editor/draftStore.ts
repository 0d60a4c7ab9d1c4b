/** Drafts that are not saved: in this browser, one for each workflow and tab, so that a closed tab loses nothing. */

import type { Definition } from "../graph/document";

export interface Draft {
  workflowId: string;
  tab: string;
  definition: Definition;
  /** What was typed as text and is no definition yet. */
  text?: string;
  /** The workflow from which the edits began. */
  base: Definition;
  etag: string;
  version: number;
  /** Milliseconds since 1970. */
  at: number;
}

const DATABASE = "trigraph";
const STORE = "drafts";
/** Milliseconds after which a draft is dropped. */
const LIFE = 30 * 24 * 3600 * 1000;

/** The name of this tab, which it keeps when the page is loaded again. */
export function tabName(): string {
  const known = sessionStorage.getItem("trigraph.tab");
  const name = known ?? crypto.randomUUID?.() ?? String(Math.random());
  if (!known) sessionStorage.setItem("trigraph.tab", name);
  return name;
}

function open(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: ["workflowId", "tab"] });
  return resultOf(request);
}

function resultOf<Value>(request: IDBRequest<Value>): Promise<Value> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The browser keeps no drafts."));
  });
}

async function withStore<Value>(
  mode: IDBTransactionMode,
  use: (store: IDBObjectStore) => IDBRequest<Value>,
): Promise<Value> {
  const database = await open();
  try {
    return await resultOf(use(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

export async function keepDraft(draft: Draft): Promise<void> {
  await withStore("readwrite", (store) => store.put(draft));
}

export async function dropDraft(workflowId: string, tab: string): Promise<void> {
  await withStore("readwrite", (store) => store.delete([workflowId, tab]));
}

/** The drafts of a workflow, the newest first; old ones are dropped. */
export async function listDrafts(workflowId: string): Promise<Draft[]> {
  const range = IDBKeyRange.bound([workflowId], [workflowId, []]);
  const found: Draft[] = await withStore("readonly", (store) => store.getAll(range));
  const old = found.filter((draft) => draft.at < Date.now() - LIFE);
  await Promise.all(old.map((draft) => dropDraft(draft.workflowId, draft.tab)));
  return found.filter((draft) => !old.includes(draft)).sort((a, b) => b.at - a.at);
}
