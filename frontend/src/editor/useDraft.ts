/** The definition that is being edited: its history, the base that it began from, and the copy in this browser. */

import { useEffect, useMemo, useState } from "react";
import type { Saved } from "../api/definitions";
import { type Definition, definitionOf, isSame } from "../graph/document";
import { type Draft, dropDraft, keepDraft, tabName } from "./draftStore";
import { type History, noteEdit, redo, startHistory, undo } from "./history";

/** Milliseconds after an edit in which it is kept in the browser. */
const SOON = 300;

export interface Base {
  definition: Definition;
  etag: string;
  version: number;
}

export interface DraftState {
  definition: Definition;
  /** What was typed as text and is no definition yet; null: the definition is all there is. */
  text: string | null;
  setText: (text: string | null) => void;
  base: Base;
  isDirty: boolean;
  canUndo: boolean;
  canRedo: boolean;
  /** With `joins`, the edit becomes a part of the one before: letters that are typed. */
  edit: (next: Definition, joins?: boolean) => void;
  undo: () => void;
  redo: () => void;
  /** Go on from what the server has now; with a definition, go on with that. */
  rebase: (base: Base, definition?: Definition) => void;
  /** When the draft was last kept in this browser. */
  keptAt: Date | null;
}

export function baseOf(saved: Saved): Base {
  return { definition: definitionOf(saved.exact), etag: saved.etag, version: saved.workflow.version };
}

export function useDraft(workflowId: string, saved: Saved, found?: Draft): DraftState {
  const [base, setBase] = useState<Base>(() =>
    found ? { definition: found.base, etag: found.etag, version: found.version } : baseOf(saved),
  );
  const [history, setHistory] = useState<History<Definition>>(() => startHistory(found?.definition ?? base.definition));
  const [text, setText] = useState<string | null>(found?.text ?? null);
  const definition = history.present;
  const isChanged = useMemo(() => !isSame(definition, base.definition), [definition, base]);
  const isDirty = isChanged || text !== null;
  const keptAt = useKeeping(workflowId, definition, text, base, isDirty);
  return {
    definition,
    text,
    setText,
    base,
    isDirty,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    edit: (next, joins) => setHistory((old) => noteEdit(old, next, joins)),
    undo: () => setHistory(undo),
    redo: () => setHistory(redo),
    rebase: (next, with_ = next.definition) => {
      setBase(next);
      setHistory((old) => (isSame(old.present, with_) ? old : noteEdit(old, with_)));
    },
    keptAt,
  };
}

/** Keeps the draft while it differs from what is saved; a page that is only opened writes nothing. */
function useKeeping(
  workflowId: string,
  definition: Definition,
  text: string | null,
  base: Base,
  isDirty: boolean,
): Date | null {
  const [keptAt, setKeptAt] = useState<Date | null>(null);
  const [wasDirty, setWasDirty] = useState(false);
  useEffect(() => {
    if (!isDirty && !wasDirty) return;
    const tab = tabName();
    const timer = setTimeout(() => {
      setWasDirty(isDirty);
      const at = Date.now();
      const from = { base: base.definition, etag: base.etag, version: base.version };
      const draft: Draft = { workflowId, tab, definition, text: text ?? undefined, ...from, at };
      const done = isDirty ? keepDraft(draft) : dropDraft(workflowId, tab);
      done.then(() => setKeptAt(isDirty ? new Date(at) : null)).catch(() => setKeptAt(null));
    }, SOON);
    return () => clearTimeout(timer);
  }, [workflowId, definition, text, base, isDirty, wasDirty]);
  return keptAt;
}
