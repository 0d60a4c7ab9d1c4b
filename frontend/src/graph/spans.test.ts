import { expect, it } from "vitest";
import { lineAt, spansInJson, withParents } from "./spans";

const text = `{
  "name": "a \\"b\\" {",
  "graph": {
    "nodes": [{"id": "x"}, {"id": "y", "data": {"a/b": [1, 22]}}],
    "empty": [], "none": {}
  }
}`;

function at(pointer: string): string {
  const span = spansInJson(text, [pointer]).get(pointer);
  return text.slice(span?.from, span?.to);
}

it("finds values in a text", () => {
  expect(at("/name")).toBe('"a \\"b\\" {"');
  expect(at("/graph/nodes/1/data/a~1b/1")).toBe("22");
  expect(at("/graph/nodes/0")).toBe('{"id": "x"}');
  expect(at("/graph/none")).toBe("{}");
});

it("marks the key of a value of several lines", () => {
  expect(at("/graph")).toBe('"graph"');
  expect(at("")).toBe("{");
});

it("marks the nearest thing where a value is not there", () => {
  expect(at("/graph/nodes/0/data/ms")).toBe('{"id": "x"}');
  expect(at("/trigger")).toBe("{");
  expect(withParents("/a/b")).toEqual(["/a/b", "/a", ""]);
});

it("counts lines from one", () => {
  expect(lineAt(text, 0)).toBe(1);
  expect(lineAt(text, text.indexOf('"empty"'))).toBe(5);
});
