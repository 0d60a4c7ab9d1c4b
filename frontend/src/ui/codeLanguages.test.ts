import { foldable, getIndentation, IndentContext } from "@codemirror/language";
import { EditorState } from "@codemirror/state";
import { expect, it } from "vitest";
import { LANGUAGES } from "./codeLanguages";

const YAML = `name: a
tasks:
  - id: one
    config:
      ms: 5

  - id: two
`;

function stateOf(doc: string, language: "json" | "yaml"): EditorState {
  return EditorState.create({ doc, extensions: LANGUAGES[language] });
}

function folded(doc: string, language: "json" | "yaml", line: number): string | null {
  const state = stateOf(doc, language);
  const { from, to } = state.doc.line(line);
  const range = foldable(state, from, to);
  return range && doc.slice(range.from, range.to);
}

it("folds the lines that are indented below a line", () => {
  expect(folded(YAML, "yaml", 2)).toBe(YAML.slice(YAML.indexOf("\n  - id: one"), -1));
  expect(folded(YAML, "yaml", 4)).toBe("\n      ms: 5");
  expect(folded(YAML, "yaml", 1)).toBeNull();
  expect(folded('{\n  "a": [\n    1\n  ]\n}', "json", 2)).toBe("\n    1");
});

it("begins a new line deeper after what opens a list or an object", () => {
  const indentAfter = (doc: string) =>
    getIndentation(new IndentContext(stateOf(doc, "yaml"), { simulateBreak: doc.length }), doc.length);

  expect(indentAfter("tasks:\n  config:")).toBe(4);
  expect(indentAfter("tasks:\n  ms: 5")).toBe(2);
});
