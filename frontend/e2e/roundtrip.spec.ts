/** Documents of other editors on React Flow: one field is edited, and all else comes back as it was. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import type { APIRequestContext, Page } from "@playwright/test";
import { expect, test } from "./studio";

const DOCUMENTS = new URL("../../../shared/data/reactflow/", import.meta.url).pathname;
const SCRIPT = '<img src=x onerror="window.broken=1"><script>window.broken=1</script>';

/** Shapes that editors write: groups, measures, markers, handles, ids that are numbers, and keys of their own. */
const SHAPES = {
  viewport: { x: -12.5, y: 3, zoom: 0.75 },
  extra: [1, null, { deep: true }],
  nodes: [
    {
      id: 1,
      type: "start",
      position: { x: 0, y: 0 },
      positionAbsolute: { x: 0, y: 0 },
      selected: true,
      dragging: false,
    },
    {
      id: "box",
      type: "group",
      position: { x: 240, y: -40 },
      style: { width: 300, height: 200 },
      data: {},
      zIndex: -1,
    },
    {
      id: "wait",
      type: "delay",
      parentId: "box",
      extent: "parent",
      position: { x: 20, y: 60 },
      measured: { width: 199.5, height: 40 },
      width: 200,
      data: { ms: 5, label: SCRIPT, nested: { a: [{}, []] } },
    },
    {
      id: "\u202erev\u202c",
      type: "delay",
      position: { x: 640, y: 0 },
      data: { ms: 1, label: "\u202eabc \u05e9\u05dc" },
    },
    { id: "memo", type: "stickyNote", position: { x: 0, y: 240 }, data: { text: SCRIPT }, draggable: false },
  ],
  edges: [
    {
      id: 7,
      source: 1,
      target: "wait",
      animated: true,
      markerEnd: { type: "arrowclosed", color: "#f00" },
      type: "step",
    },
    {
      id: "e2",
      source: "wait",
      target: "\u202erev\u202c",
      sourceHandle: null,
      targetHandle: "in",
      label: SCRIPT,
      labelStyle: { fill: "red" },
      data: { kept: true },
    },
  ],
};

interface Document {
  nodes: { id: string | number; data?: Record<string, unknown>; position?: object }[];
}

let number = 0;

async function open(page: Page, request: APIRequestContext, graph: unknown): Promise<string> {
  number += 1;
  const body = { name: `Round trip ${Date.now()} ${number}`, trigger: null, graph };
  const answer = await request.post("/workflows", { data: body });
  expect(answer.ok(), await answer.text()).toBe(true);
  const { id } = await answer.json();
  await page.goto(`/studio/workflows/${id}`);
  await expect(page.locator(".react-flow__node").first()).toBeVisible({ timeout: 30_000 });
  return id;
}

async function saved(page: Page, request: APIRequestContext, id: string): Promise<Document> {
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("status").filter({ hasText: /^Version/ })).toBeVisible({ timeout: 30_000 });
  return (await (await request.get(`/workflows/${id}`)).json()).graph;
}

test("shapes of other editors come back but for the edit", async ({ page, request }) => {
  const id = await open(page, request, SHAPES);
  await page.locator('.react-flow__node[data-id="wait"]').click();
  await page.getByRole("textbox", { name: "ms" }).fill("9");
  await page.screenshot({ path: "e2e/shots/shapes.png" });
  const after = structuredClone(SHAPES);
  (after.nodes[2]?.data as { ms: number }).ms = 9;
  expect(await saved(page, request, id)).toEqual(after);
  expect(await page.evaluate(() => "broken" in window)).toBe(false);
});

test("a node with a number as its id is edited", async ({ page, request }) => {
  const graph = {
    nodes: [
      { id: 1, type: "start" },
      { id: 2, type: "delay", data: { ms: 5 } },
    ],
    edges: [{ source: 1, target: 2 }],
  };
  const id = await open(page, request, graph);
  await page.locator('.react-flow__node[data-id="2"]').click();
  await page.getByRole("textbox", { name: "ms" }).fill("9");
  expect(await saved(page, request, id)).toEqual({
    ...graph,
    nodes: [graph.nodes[0], { ...graph.nodes[1], data: { ms: 9 } }],
  });
});

test("a node within a group keeps its place when it is moved", async ({ page, request }) => {
  const id = await open(page, request, SHAPES);
  const box = page.locator('.react-flow__node[data-id="wait"]');
  await box.focus();
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowDown");
  const { nodes } = await saved(page, request, id);
  expect(nodes[1]).toEqual(SHAPES.nodes[1]);
  const place = nodes[2]?.position as { x: number; y: number };
  expect(place.x).toBe(20);
  expect(place.y).toBeGreaterThan(60);
  expect(place.y).toBeLessThan(100);
});

for (const file of existsSync(DOCUMENTS) ? readdirSync(DOCUMENTS) : []) {
  test(`${file} comes back but for the edit`, async ({ page, request }) => {
    const { nodes, edges, ...rest } = JSON.parse(readFileSync(DOCUMENTS + file, "utf8"));
    const graph = { nodes, edges, ...rest };
    const id = await open(page, request, graph);
    const shown = await (await request.get(`/workflows/${id}`)).json();
    const first = page.locator(".react-flow__node").first();
    const node = await first.getAttribute("data-id");
    await first.click({ force: true });
    const inspector = page.getByRole("region", { name: `Node ${node}` });
    await inspector.getByRole("button", { name: "Raw data" }).click();
    const raw = inspector.getByRole("textbox", { name: /data/i }).last();
    const data = JSON.parse(await raw.inputValue());
    await raw.fill(JSON.stringify({ ...data, seen: "here" }));
    await inspector.getByRole("button", { name: "Apply" }).click();
    const after = structuredClone(shown.graph) as Document;
    const edited = after.nodes.find((each) => String(each.id) === node);
    if (edited) edited.data = { ...edited.data, seen: "here" };
    expect(await saved(page, request, id)).toEqual(after);
  });
}
