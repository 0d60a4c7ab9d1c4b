import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Definition } from "./document";
import { jsonLanguage } from "./jsonLanguage";
import { yamlLanguage } from "./yamlLanguage";

const json = jsonLanguage("graph");
const graph = { nodes: [{ id: "a", data: { ms: 1 } }], edges: [{ source: "a", target: "a" }] };
const saved = { name: "W", trigger: { "==": [1, 2] }, graph } as Definition;

function faultOf(text: string, language = json) {
  const read = language.read(text, saved);
  return "fault" in read ? read.fault : null;
}

it("gives back the definition of its text", () => {
  expect(json.read(json.textOf(saved), saved)).toEqual({ definition: saved });
});

it("names the line of what is not JSON", () => {
  expect(faultOf('{"name": "W",\n "graph": {]}')?.line).toBe(2);
  expect(faultOf('{"name": "W",\n\n "graph": {')?.line).toBe(3);
});

it("names the line of what cannot be drawn", () => {
  expect(faultOf("[]")).toMatchObject({ line: 1, message: "A workflow is an object with a name." });
  expect(faultOf('{"name": 1}')?.message).toBe("The name must be a text.");
  expect(faultOf('{"name": "W"}')?.message).toContain("graph");
  expect(faultOf('{"name": "W",\n"graph": {"nodes": {}}}')).toMatchObject({
    line: 2,
    message: "The nodes must be a list.",
  });
  expect(faultOf('{"name": "W", "graph": {\n"nodes": [{"id": "a"},\n7]}}')?.line).toBe(3);
  expect(faultOf('{"name": "W", "graph": {"edges": [{"source": "a"}]}}')?.message).toContain("source and target");
  expect(faultOf('{"name": "W", "graph": {}}')).toBeNull();
});

it("changes members at a pointer only", () => {
  const dag = {
    name: "D",
    dag: { nodes: [{ id: "a" }, { id: "b", config: { x: 1, y: 2 } }] },
  } as unknown as Definition;

  expect(jsonLanguage("dag").change(dag, "/dag/nodes/1/config", { x: undefined, z: 3 })).toEqual({
    name: "D",
    dag: { nodes: [{ id: "a" }, { id: "b", config: { y: 2, z: 3 } }] },
  });
  expect(jsonLanguage("dag").change(dag, "/dag/nodes/0/config", { x: 1 })).toMatchObject({
    dag: { nodes: [{ id: "a", config: { x: 1 } }, {}] },
  });
});

it("lets the text of tasks count, and keeps what was set beside it", () => {
  const text = "name: T\ntrigger: {'==': [1, 2]}\ntasks: []\n";
  const tasks = { name: "T", description: "beside", trigger: { "==": [1, 2] }, is_active: true, definition_yaml: text };

  const read = yamlLanguage.read(text.replace("T", "U"), tasks as unknown as Definition);

  expect(read).toEqual({
    definition: { description: "beside", is_active: true, definition_yaml: text.replace("T", "U") },
  });
  expect(yamlLanguage.read(text, tasks as unknown as Definition)).toEqual({ definition: tasks });
  expect(faultOf("a: [", yamlLanguage)?.line).toBe(1);
});

/** Documents of other editors, where somebody has put them beside the project. */
const DOCUMENTS = new URL("../../../../shared/data/reactflow/", import.meta.url).pathname;

it.skipIf(!existsSync(DOCUMENTS))("keeps documents of other editors but for what is typed", () => {
  for (const file of readdirSync(DOCUMENTS).filter((each) => each.endsWith(".json"))) {
    const graph = JSON.parse(readFileSync(DOCUMENTS + file, "utf8"));
    const definition = { name: "before", graph } as Definition;
    const typed = json.textOf(definition).replace('"before"', '"after"');

    expect(json.read(typed, definition), file).toEqual({ definition: { name: "after", graph } });
  }
});
