import { expect, it } from "vitest";
import type { Definition } from "./document";
import { type Part, paste, readPart, textOfPart } from "./part";

//   start ─▶ pay ─▶ route ─hot─▶ pay
//                     └─cold─▶ stop
const graph = {
  viewport: { zoom: 1 },
  nodes: [
    { id: "start", type: "start", position: { x: 0, y: 0 } },
    { id: "pay", type: "http_call", position: { x: 280, y: 0 }, data: { url: "/{{ payload.id }}" }, selected: true },
    {
      id: "route",
      type: "branch",
      position: { x: 560, y: 0 },
      data: {
        text: "{{ pay.output.id }} {{ start.x }}",
        cases: [
          { label: "hot", condition: { ">": [{ var: "$steps.pay.output.n" }, 1] }, next: "pay" },
          { label: "cold", else: true, next: "stop" },
        ],
      },
    },
    { id: "stop", type: "end", position: { x: 840, y: 0 } },
  ],
  edges: [
    { id: "e1", source: "start", target: "pay" },
    { id: "e2", source: "pay", target: "route", animated: true },
  ],
};
const saved = { name: "W", graph } as unknown as Definition;

function copied(definition: Definition, ...ids: string[]): Part {
  return readPart(textOfPart(definition, ids) ?? "") as Part;
}

it("names the copies in all that is copied with them", () => {
  const { definition, ids } = paste(saved, copied(saved, "pay", "route"), { x: 100, y: 200 });

  expect(ids).toEqual(["http_call", "branch"]);
  expect(definition.graph.nodes.slice(0, 4)).toEqual(graph.nodes);
  expect(definition.graph.nodes.slice(4)).toEqual([
    { id: "http_call", type: "http_call", position: { x: 100, y: 200 }, data: { url: "/{{ payload.id }}" } },
    {
      id: "branch",
      type: "branch",
      position: { x: 380, y: 200 },
      data: {
        text: "{{ http_call.output.id }} {{ start.x }}",
        cases: [
          { label: "hot", condition: { ">": [{ var: "$steps.http_call.output.n" }, 1] }, next: "http_call" },
          { label: "cold", else: true },
        ],
      },
    },
  ]);
  expect(definition.graph.edges).toEqual([
    ...graph.edges,
    { id: "http_call-branch", source: "http_call", target: "branch", animated: true },
  ]);
  expect(definition.graph).toMatchObject({ viewport: { zoom: 1 } });
});

it("numbers the ids of further copies, and puts each beside the last", () => {
  const once = paste(saved, copied(saved, "pay"));
  const twice = paste(once.definition, copied(once.definition, "pay"));

  expect([...once.ids, ...twice.ids]).toEqual(["http_call", "http_call_2"]);
  expect(twice.definition.graph.nodes.slice(4).map((node) => node.position)).toEqual([
    { x: 320, y: 88 },
    { x: 360, y: 176 },
  ]);
});

it("keeps ids and places where they are free, as in another workflow", () => {
  const other = { name: "V", graph: { nodes: [], edges: [] } } as Definition;

  const { definition } = paste(other, copied(saved, "pay", "route"));

  expect(definition.graph.nodes.map(({ id, position }) => [id, position?.x])).toEqual([
    ["pay", 280],
    ["route", 560],
  ]);
});

it("copies a group with all that is drawn in it, and a node without its group where it is seen", () => {
  const nodes = [
    { id: "box", type: "group", position: { x: 100, y: 100 } },
    { id: "inner", type: "group", parentId: "box", position: { x: 10, y: 10 } },
    { id: "a", type: "delay", parentNode: "inner", extent: "parent", position: { x: 5, y: 6 } },
  ];
  const nested = { name: "W", graph: { nodes, edges: [] } } as unknown as Definition;

  expect(paste(nested, copied(nested, "box")).definition.graph.nodes.slice(3)).toEqual([
    { id: "group", type: "group", position: { x: 180, y: 276 } },
    { id: "group_2", type: "group", parentId: "group", position: { x: 10, y: 10 } },
    { id: "delay", type: "delay", parentNode: "group_2", extent: "parent", position: { x: 5, y: 6 } },
  ]);
  expect(copied(nested, "a").nodes).toEqual([{ id: "a", type: "delay", position: { x: 115, y: 116 } }]);
});

it("keeps numbers that a browser cannot hold", () => {
  const text = '{"nodes": [{"id": 7, "type": "delay", "data": {"ms": 9007199254740993}}]}';
  const { definition } = paste({ name: "W", graph: { nodes: [], edges: [] } }, readPart(text) as Part);

  expect(textOfPart(definition, ["7"])).toContain('"ms": 9007199254740993');
});

it("reads nodes of a whole workflow, and nothing else", () => {
  expect(readPart(JSON.stringify(saved))?.nodes).toHaveLength(4);
  expect(readPart(JSON.stringify(saved))?.edges).toHaveLength(2);
  for (const text of ["", "hello", "[1]", "null", '{"nodes": []}', '{"nodes": [{"type": "delay"}]}', '{"nodes": 1}']) {
    expect(readPart(text), text).toBeNull();
  }
  expect(readPart('{"nodes": [{"id": 1}, {"id": "1"}]}')).toBeNull();
  expect(textOfPart(saved, ["gone"])).toBeNull();
});
