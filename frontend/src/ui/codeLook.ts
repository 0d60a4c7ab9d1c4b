/** How code looks: the colours of the theme, so that both schemes are right. */

import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { EditorView } from "@codemirror/view";
import { tags } from "@lezer/highlight";

const words = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: "var(--json-key)" },
  { tag: [tags.string, tags.content], color: "var(--json-text)" },
  { tag: tags.number, color: "var(--json-number)" },
  { tag: [tags.bool, tags.null, tags.keyword], color: "var(--json-word)" },
  { tag: [tags.comment, tags.meta, tags.separator, tags.punctuation, tags.brace], color: "var(--text-quiet)" },
]);

const surfaces = EditorView.theme({
  "&": { height: "100%", fontSize: "0.8125rem", color: "var(--text)", backgroundColor: "var(--surface)" },
  "&.cm-focused": { outline: "2px solid var(--focus)", outlineOffset: "-2px" },
  ".cm-scroller": { fontFamily: "var(--mantine-font-family-monospace)", lineHeight: "1.5" },
  ".cm-content": { caretColor: "var(--text)" },
  // The whole field is outlined instead.
  "&.cm-focused .cm-content:focus-visible": { outline: "none" },
  ".cm-cursor": { borderLeftColor: "var(--text)" },
  ".cm-gutters": {
    backgroundColor: "var(--surface)",
    color: "var(--text-quiet)",
    borderRight: "1px solid var(--line)",
  },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "var(--raised)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "color-mix(in srgb, var(--focus) 28%, transparent)",
  },
  ".cm-selectionMatch, .cm-searchMatch": {
    backgroundColor: "color-mix(in srgb, var(--status-paused) 25%, transparent)",
  },
  ".cm-matchingBracket": { outline: "1px solid var(--focus)", backgroundColor: "transparent" },
  ".cm-foldPlaceholder": {
    backgroundColor: "var(--raised)",
    color: "var(--text-quiet)",
    border: "1px solid var(--line)",
  },
  ".cm-panels, .cm-tooltip": {
    backgroundColor: "var(--raised)",
    color: "var(--text)",
    borderColor: "var(--line)",
    fontFamily: "var(--mantine-font-family)",
  },
  ".cm-panels input, .cm-panels button": {
    background: "var(--surface)",
    color: "var(--text)",
    border: "1px solid var(--line)",
    borderRadius: "4px",
    padding: "2px 6px",
  },
  ".cm-diagnostic-error": { borderLeftColor: "var(--status-failed)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--status-paused)" },
});

export const look = [surfaces, syntaxHighlighting(words)];
