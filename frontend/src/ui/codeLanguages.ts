/** JSON and YAML in a text editor: the colours of their words, and parts that fold by their indentation. */

import {
  foldService,
  type IndentContext,
  indentService,
  StreamLanguage,
  type StreamParser,
} from "@codemirror/language";
import { yaml } from "@codemirror/legacy-modes/mode/yaml";
import type { EditorState, Extension } from "@codemirror/state";

const STRING = /^"(?:[^"\\]|\\.)*"?/;

/** No word of JSON goes over the end of a line. */
const json: StreamParser<null> = {
  name: "json",
  startState: () => null,
  token(stream) {
    if (stream.match(STRING)) return stream.match(/^\s*:/, false) ? "propertyName" : "string";
    if (stream.match(/^-?\d[\d.eE+-]*/)) return "number";
    if (stream.match(/^(?:true|false|null)\b/)) return "keyword";
    if (stream.match(/^[{}[\],:]+/)) return "punctuation";
    stream.next();
    return null;
  },
  languageData: { closeBrackets: { brackets: ["[", "{", '"'] } },
};

// Keys are `atom` in this mode.
const yamlWithKeys: StreamParser<unknown> = {
  ...yaml,
  token: (stream, state) => {
    const found = yaml.token(stream, state);
    return found === "atom" ? "propertyName" : found;
  },
};

export const LANGUAGES: Record<"json" | "yaml", Extension> = {
  json: [StreamLanguage.define(json), foldService.of(foldIndented), indentService.of(indentAfterBreak)],
  yaml: [StreamLanguage.define(yamlWithKeys), foldService.of(foldIndented), indentService.of(indentAfterBreak)],
};

/** From the end of a line to the end of the lines below it that are indented more. */
function foldIndented(state: EditorState, lineStart: number): { from: number; to: number } | null {
  const first = state.doc.lineAt(lineStart);
  if (!first.text.trim() || first.number === state.doc.lines) return null;
  const depth = depthOf(first.text);
  let place = first.to;
  let end = first.to;
  for (const lines = state.doc.iterLines(first.number + 1); !lines.next().done; ) {
    place += 1 + lines.value.length;
    if (!lines.value.trim()) continue;
    if (depthOf(lines.value) <= depth) break;
    end = place;
  }
  return end > first.to ? { from: first.to, to: end } : null;
}

/** A new line begins where the one before does, one step deeper after what opens a list or an object. */
function indentAfterBreak(context: IndentContext, at: number): number | undefined {
  if (context.simulatedBreak === null) return undefined;
  const { text } = context.lineAt(at, -1);
  return depthOf(text) + (/[[{:]\s*$/.test(text) ? context.unit : 0);
}

function depthOf(text: string): number {
  return text.length - text.trimStart().length;
}
