/** Groups and notes of a document: drawn, selected, moved with what is in them, tidied, and never lost. */

import type { APIRequestContext, Page } from "@playwright/test";
import { expectNoBarrier } from "./barriers";
import { openEditor, saveDrawn } from "./edited";
import { expect, test } from "./studio";

//   start ─▶ [box: wait ─▶ say]      memo
const GROUPED = {
  nodes: [
    { id: "start", type: "start", position: { x: 0, y: 60 } },
    {
      id: "box",
      type: "group",
      position: { x: 280, y: 0 },
      style: { width: 620, height: 180 },
      data: { label: "Calls" },
    },
    { id: "wait", type: "delay", parentId: "box", extent: "parent", position: { x: 40, y: 60 }, data: { ms: 5 } },
    { id: "say", type: "transform", parentId: "box", position: { x: 360, y: 60 }, data: { value: 1 } },
    { id: "memo", type: "stickyNote", position: { x: 0, y: 260 }, width: 260, height: 90, data: { text: "Ask Ann" } },
  ],
  edges: [
    { id: "e1", source: "start", target: "wait" },
    { id: "e2", source: "wait", target: "say" },
  ],
};

function node(page: Page, id: string) {
  return page.locator(`.react-flow__node[data-id="${id}"]`);
}

async function savedGraph(page: Page, request: APIRequestContext, id: string) {
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version" })).toBeVisible();
  return (await (await request.get(`/workflows/${id}`)).json()).graph;
}

/** Drag a frame by its text. */
async function drag(page: Page, id: string, x: number, y: number): Promise<void> {
  const box = await node(page, id).boundingBox();
  const from = { x: (box?.x ?? 0) + 30, y: (box?.y ?? 0) + 14 };
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x + x, from.y + y, { steps: 6 });
  await page.mouse.up();
}

test("a group is moved with what is in it, and a note alone", async ({ page, request }) => {
  const id = await saveDrawn(request, { graph: GROUPED });
  await openEditor(page, id);
  await expect(node(page, "box")).toContainText("Calls");
  await expect(node(page, "memo")).toContainText("Ask Ann");
  await expect(page.locator(".react-flow__node-frame .react-flow__handle")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  const [box, say] = [await node(page, "box").boundingBox(), await node(page, "say").boundingBox()];

  await drag(page, "box", 40, 60);
  await drag(page, "memo", 30, 40);
  await expect(page.getByRole("button", { name: /^Undo/ })).toBeEnabled();
  const [boxNow, sayNow] = [await node(page, "box").boundingBox(), await node(page, "say").boundingBox()];
  if (!box || !say || !boxNow || !sayNow) throw new Error("A node is not drawn.");
  expect(boxNow.y).toBeGreaterThan(box.y + 30);
  expect(Math.abs(sayNow.x - say.x - (boxNow.x - box.x))).toBeLessThan(1);
  expect(Math.abs(sayNow.y - say.y - (boxNow.y - box.y))).toBeLessThan(1);
  await page.screenshot({ path: "e2e/shots/groups.png" });
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await expectNoBarrier(page);
  }
  await page.screenshot({ path: "e2e/shots/groups-dark.png" });

  const { nodes, edges } = await savedGraph(page, request, id);
  expect(edges).toEqual(GROUPED.edges);
  expect([nodes[0], nodes[2], nodes[3]]).toEqual([GROUPED.nodes[0], GROUPED.nodes[2], GROUPED.nodes[3]]);
  expect({ ...nodes[1], position: null }).toEqual({ ...GROUPED.nodes[1], position: null });
  expect(nodes[1].position.x).toBeGreaterThan(290);
  expect(nodes[1].position.y).toBeGreaterThan(20);
  expect(nodes[4].position.x).toBeGreaterThan(5);
  expect(nodes[4].position.y).toBeGreaterThan(270);
});

test("a note is found and its text changed; a removed group leaves what is in it", async ({ page, request }) => {
  const id = await saveDrawn(request, { graph: GROUPED });
  await openEditor(page, id);
  await page.keyboard.press("Control+f");
  await page.keyboard.type("ask ann");
  await page.keyboard.press("Enter");
  const inspector = page.getByRole("region", { name: "Node memo" });
  await expect(inspector).toContainText("It is drawn only");
  await inspector.getByLabel("text", { exact: false }).first().fill("Ask Eve");
  await expect(node(page, "memo")).toContainText("Ask Eve");

  await page.keyboard.press("Escape");
  const frame = await node(page, "box").boundingBox();
  await page.mouse.click((frame?.x ?? 0) + 30, (frame?.y ?? 0) + 14);
  await expect(page.getByRole("region", { name: "Node box" })).toBeVisible();
  await page.getByRole("button", { name: "Delete box" }).click();
  await expect(node(page, "box")).toHaveCount(0);
  await expect(node(page, "wait")).toBeVisible();

  const { nodes } = await savedGraph(page, request, id);
  expect(nodes).toEqual([
    GROUPED.nodes[0],
    { id: "wait", type: "delay", position: { x: 320, y: 60 }, data: { ms: 5 } },
    { id: "say", type: "transform", position: { x: 640, y: 60 }, data: { value: 1 } },
    { ...GROUPED.nodes[4], data: { text: "Ask Eve" } },
  ]);
});

test("tidy lays out what is in a group, and the group as one box", async ({ page, request }) => {
  const heap = GROUPED.nodes.map((each) => (each.id === "memo" ? each : { ...each, position: { x: 5, y: 300 } }));
  const id = await saveDrawn(request, { graph: { ...GROUPED, nodes: heap } });
  await openEditor(page, id);

  await page.getByRole("button", { name: /^Tidy/ }).click();
  await expect(page.getByRole("button", { name: /^Undo/ })).toBeEnabled();
  const { nodes } = await savedGraph(page, request, id);

  expect(nodes.map((each: { position: object }) => each.position)).toEqual([
    { x: 0, y: 32 },
    { x: 280, y: 0 },
    { x: 24, y: 40 },
    { x: 304, y: 40 },
    GROUPED.nodes[4]?.position,
  ]);
  expect(nodes[1].style).toEqual({ width: 528, height: 120 });
});

test("a node of a document without places is moved, and all get their places", async ({ page, request }) => {
  const graph = {
    nodes: [
      { id: "start", type: "start" },
      { id: "wait", type: "delay", data: { ms: 5 } },
    ],
    edges: [{ source: "start", target: "wait" }],
  };
  const id = await saveDrawn(request, { graph });
  await openEditor(page, id);
  await drag(page, "wait", 0, 90);

  const { nodes } = await savedGraph(page, request, id);
  expect(nodes[0].position).toEqual({ x: 0, y: 0 });
  expect(nodes[1].position.y).toBeGreaterThan(40);
});
