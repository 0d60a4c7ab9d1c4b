/** The draft as text: what is typed becomes an edit as soon as it can be read, and is kept until then. */

import { useMemo, useRef } from "react";
import type { Definition } from "../graph/document";
import { isSame } from "../graph/document";
import type { Language, TextFault } from "../graph/language";
import type { DraftState } from "./useDraft";

/** Milliseconds between letters that are undone together. */
const PAUSE = 700;

export interface TextState {
  text: string;
  /** Why the text is no definition; the draft is the last one that was. */
  fault: TextFault | null;
  write: (text: string) => void;
  /** Drop what cannot be read. */
  restore: () => void;
}

export function useText(draft: DraftState, language: Language): TextState {
  // A text belongs to its definition, so that undo brings back the very letters.
  const typed = useRef(new WeakMap<Definition, string>());
  const lastAt = useRef(0);
  const { definition, text: unread } = draft;
  const known = typed.current.get(definition);
  const text = useMemo(() => unread ?? known ?? language.textOf(definition), [unread, known, definition, language]);
  const fault = useMemo(() => {
    const read = unread === null ? null : language.read(unread, definition);
    return read && "fault" in read ? read.fault : null;
  }, [unread, language, definition]);
  const write = (next: string) => {
    const read = language.read(next, definition);
    if ("fault" in read) {
      draft.setText(next);
      return;
    }
    draft.setText(null);
    if (isSame(read.definition, definition)) {
      typed.current.set(definition, next);
      return;
    }
    typed.current.set(read.definition, next);
    const now = Date.now();
    draft.edit(read.definition, now - lastAt.current < PAUSE);
    lastAt.current = now;
  };
  return { text, fault, write, restore: () => draft.setText(null) };
}
