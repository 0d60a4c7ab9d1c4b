import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import type { Definition } from "./document";
import { renameNode } from "./rename";

//   start ─▶ pay ─▶ route ─again─▶ pay
const graph = {
  viewport: { zoom: 1 },
  nodes: [
    { id: "start", type: "start" },
    {
      id: "pay",
      type: "http_call",
      parentId: "box",
      data: { url: "/{{ payload.pay }}/{{ pay.output.id | urlencode }}" },
    },
    {
      id: "route",
      type: "branch",
      data: {
        compensate: "pay",
        cases: [
          { label: "pay", next: "pay", condition: { ">": [{ var: "$steps.pay.output.amount" }, 1] }, note: "pay" },
          { condition: { missing: ["$steps.pay", "$steps.pay.x", "$steps.pays"] } },
        ],
        text: "{{steps['pay'].a}} {{ steps.pay[0] }} {{ pays.x }} {{ pay }} pay {{",
        graph: { nodes: [{ id: "pay", data: { text: "{{ pay.x }}" } }] },
      },
    },
    { id: "pays", type: "group", data: { value: { var: ["$steps.pay.output", "pay"] } } },
  ],
  edges: [{ id: "start-pay", source: "start", target: "pay", sourceHandle: "pay" }],
};
const saved = { name: "pay", trigger: { var: "pay" }, graph } as unknown as Definition;

it("renames a node in all that names it, and nothing else", () => {
  const { definition, changes, faults } = renameNode(saved, "pay", "charge card");

  expect(faults).toEqual([]);
  expect(definition).toEqual({
    ...saved,
    graph: {
      ...graph,
      nodes: [
        graph.nodes[0],
        {
          ...graph.nodes[1],
          id: "charge card",
          data: { url: '/{{ payload.pay }}/{{ steps["charge card"].output.id | urlencode }}' },
        },
        {
          ...graph.nodes[2],
          data: {
            ...graph.nodes[2]?.data,
            compensate: "charge card",
            cases: [
              {
                label: "pay",
                next: "charge card",
                condition: { ">": [{ var: "$steps.charge card.output.amount" }, 1] },
                note: "pay",
              },
              { condition: { missing: ["$steps.charge card", "$steps.charge card.x", "$steps.pays"] } },
            ],
            text: '{{steps["charge card"].a}} {{ steps["charge card"][0] }} {{ pays.x }} {{ steps["charge card"] }} pay {{',
          },
        },
        { ...graph.nodes[3], data: { value: { var: ["$steps.charge card.output", "pay"] } } },
      ],
      edges: [{ id: "start-pay", source: "start", target: "charge card", sourceHandle: "pay" }],
    },
  });
  expect(changes.map((change) => change.pointer)).toContain("/graph/nodes/2/data/cases/0/next");
  expect(changes).toHaveLength(10);
});

it("gives back the document when it is renamed back", () => {
  const plain = renameNode(saved, "pay", "charge").definition;

  expect(renameNode(plain, "charge", "pay").definition).toEqual({
    ...saved,
    graph: {
      ...graph,
      nodes: graph.nodes.map((node) =>
        node.id === "route"
          ? { ...node, data: { ...node.data, text: "{{pay.a}} {{ pay[0] }} {{ pays.x }} {{ pay }} pay {{" } }
          : node,
      ),
    },
  });
});

it("does not take an id that changes what others refer to", () => {
  const text = { name: "W", graph: { nodes: [{ id: "a", data: { t: "{{ lead.x }} {{ a.b }}" } }, { id: "c" }] } };
  const faultOf = (to: string) => renameNode(text as unknown as Definition, "a", to).faults[0];

  expect(faultOf("lead")).toContain("{{ lead.x }} would then refer to something else");
  expect(faultOf("c")).toBe("There is a node c already.");
  expect(faultOf("")).toBe("A node needs an id.");
  expect(faultOf("x ")).toContain("space");
  expect(faultOf("payload")).toBeUndefined();
  expect(renameNode(text as unknown as Definition, "a", "payload").definition).toMatchObject({
    graph: { nodes: [{ id: "payload", data: { t: '{{ lead.x }} {{ steps["payload"].b }}' } }, {}] },
  });
  expect(faultOf("\"'")).toContain("refer to something else");
});

/** Documents of other editors, where somebody has put them beside the project. */
const DOCUMENTS = new URL("../../../../shared/data/reactflow/", import.meta.url).pathname;

it.skipIf(!existsSync(DOCUMENTS))("keeps documents of other editors but for the id", () => {
  for (const file of readdirSync(DOCUMENTS).filter((each) => each.endsWith(".json"))) {
    const graph = JSON.parse(readFileSync(`${DOCUMENTS}${file}`, "utf8"));
    if (!Array.isArray(graph.nodes)) continue;
    const definition = { name: file, graph } as Definition;
    const id = String(graph.nodes[0].id);

    const there = renameNode(definition, id, "another_id");

    expect(there.changes.length, file).toBeGreaterThan(0);
    expect(renameNode(there.definition, "another_id", id).definition, file).toEqual(definition);
  }
});
