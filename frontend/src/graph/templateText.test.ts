import { expect, it } from "vitest";
import { completionsAt, completionsOf, nodesIn, pathsIn, valueOfTemplate } from "./templateText";

const ids = new Set(["pay", "a.b"]);
const scope = { payload: { lead: { score: 90, tags: ["x"] }, name: "Ada" }, outputs: { pay: { id: 7 } }, ids };

it("completes the placeholder that is open", () => {
  const paths = ["payload.name", "pay.output.id", "secret.KEY"];

  expect(completionsOf("Dear {{ pay", paths).map((each) => each.text)).toEqual([
    "Dear {{ payload.name }}",
    "Dear {{ pay.output.id }}",
  ]);
  expect(completionsOf("", paths)).toHaveLength(3);
  expect(completionsOf("Dear {{ payload.name }}", paths)).toEqual([]);
  expect(completionsOf("{{ payload.name }} {{ KEY", paths)).toEqual([
    { path: "secret.KEY", text: "{{ payload.name }} {{ secret.KEY }}" },
  ]);
});

it("lists the paths of a value as templates write them", () => {
  expect(pathsIn({ a: { "b c": 1, é: [{ d: 2 }] } }, "payload")).toEqual([
    "payload.a",
    'payload.a["b c"]',
    "payload.a.é",
    "payload.a.é[0]",
    "payload.a.é[0].d",
  ]);
});

it("gives the value that a template had", () => {
  expect(valueOfTemplate("{{ lead.score }}", scope)).toBe(90);
  expect(valueOfTemplate("{{payload.lead.tags[0]}} by {{ name }}: {{ pay.output.id }}{{ pay }}.", scope)).toBe(
    'x by Ada: 7{"id":7}.',
  );
  expect(valueOfTemplate("{{ payload.none }}", scope)).toBeNull();
  expect(valueOfTemplate("{{ a.b.output }}", scope)).toBeUndefined();
  expect(valueOfTemplate("{{ secret.KEY }}", scope)).toBeUndefined();
  expect(valueOfTemplate("{{ name | json }}", scope)).toBeUndefined();
  expect(nodesIn("{{ a.b.x }} {{ pay }} {{ pay.id }} {{ name }}", ids)).toEqual(["a.b", "pay"]);
});

it("completes a template in the middle of a text", () => {
  const text = "Dear {{ na }},\nbye {{ x }}";

  expect(completionsAt(text, "Dear {{ na".length, ["payload.name"])).toEqual([
    { path: "payload.name", text: "Dear {{ payload.name }},\nbye {{ x }}", caret: "Dear {{ payload.name }}".length },
  ]);
  expect(completionsAt(text, 3, ["payload.name"])).toEqual([]);
  expect(completionsAt(text, text.length, ["payload.name"])).toEqual([]);
});
