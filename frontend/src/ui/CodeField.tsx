/** A field for JSON or YAML with line numbers, search, and marks at what is wrong: CodeMirror, loaded when it is shown. */

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { bracketMatching, foldGutter, foldKeymap } from "@codemirror/language";
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { Annotation, EditorState, Transaction } from "@codemirror/state";
import { drawSelection, EditorView, highlightActiveLine, keymap, lineNumbers } from "@codemirror/view";
import { useEffect, useRef } from "react";
import { LANGUAGES } from "./codeLanguages";
import { look } from "./codeLook";

export interface Mark {
  from: number;
  to: number;
  severity: "error" | "warning";
  message: string;
}

interface CodeFieldProps {
  label: string;
  language: "json" | "yaml";
  value: string;
  marks: Mark[];
  onChange: (text: string) => void;
  /** A place to show: another object shows it again. */
  shown?: { place: number; focus: boolean };
}

/** Marks a change that came from outside the field. */
const fromOutside = Annotation.define<boolean>();

const EXTENSIONS = [
  lineNumbers(),
  foldGutter(),
  history(),
  drawSelection(),
  bracketMatching(),
  closeBrackets(),
  highlightActiveLine(),
  highlightSelectionMatches(),
  search({ top: true }),
  lintGutter(),
  look,
  keymap.of([
    ...closeBracketsKeymap,
    ...defaultKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    ...lintKeymap,
  ]),
];

export default function CodeField({ label, language, value, marks, onChange, shown }: CodeFieldProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(null);
  const latest = useRef({ value, onChange });
  latest.current = { value, onChange };
  useEffect(() => {
    if (!place.current) return;
    const onUpdate = EditorView.updateListener.of((update) => {
      const isTyped = !update.transactions.some((each) => each.annotation(fromOutside));
      if (update.docChanged && isTyped) latest.current.onChange(update.state.doc.toString());
    });
    const attributes = EditorView.contentAttributes.of({ "aria-label": label, tabindex: "0" });
    const state = EditorState.create({
      doc: latest.current.value,
      extensions: [EXTENSIONS, LANGUAGES[language], onUpdate, attributes],
    });
    view.current = new EditorView({ state, parent: place.current });
    return () => view.current?.destroy();
  }, [label, language]);
  useEffect(() => {
    const difference = view.current && differenceOf(view.current.state.doc.toString(), value);
    if (!difference) return;
    // The undo of the field takes back what was typed into it only.
    const annotations = [fromOutside.of(true), Transaction.addToHistory.of(false)];
    view.current?.dispatch({ changes: difference, annotations });
  }, [value]);
  useEffect(() => {
    const { current } = view;
    if (current) current.dispatch(setDiagnostics(current.state, diagnosticsOf(marks, current.state.doc.length)));
  }, [marks]);
  useEffect(() => {
    if (!shown || !view.current) return;
    const at = Math.min(shown.place, view.current.state.doc.length);
    view.current.dispatch({ selection: { anchor: at }, effects: EditorView.scrollIntoView(at, { y: "center" }) });
    if (shown.focus) view.current.focus();
  }, [shown]);
  return <div ref={place} className="code-field" />;
}

function diagnosticsOf(marks: Mark[], length: number): Diagnostic[] {
  return marks
    .map((mark) => ({ ...mark, from: Math.min(mark.from, length), to: Math.min(mark.to, length) }))
    .sort((a, b) => a.from - b.from);
}

/** The part of a text that differs, so that the cursor stays where it is. */
function differenceOf(old: string, next: string): { from: number; to: number; insert: string } | null {
  if (old === next) return null;
  let from = 0;
  while (from < old.length && old[from] === next[from]) from += 1;
  let end = 0;
  const most = Math.min(old.length, next.length) - from;
  while (end < most && old[old.length - 1 - end] === next[next.length - 1 - end]) end += 1;
  return { from, to: old.length - end, insert: next.slice(from, next.length - end) };
}
