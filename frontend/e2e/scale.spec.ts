/** Documents whose positions do not suit our boxes: a move changes one position, in the measure of the document. */

import type { APIRequestContext, Page } from "@playwright/test";
import { openEditor, saveDrawn } from "./edited";
import { expect, test } from "./studio";

const CLOSE = {
  nodes: [
    { id: "start", type: "start", position: { x: 10, y: 0 } },
    { id: "wait", type: "delay", position: { x: 160, y: 0 }, data: { ms: 5 } },
    { id: "stop", type: "end", position: { x: 310, y: 20 } },
  ],
  edges: [
    { id: "e1", source: "start", target: "wait" },
    { id: "e2", source: "wait", target: "stop" },
  ],
};

async function places(page: Page) {
  const found: Record<string, { x: number; y: number }> = {};
  for (const box of await page.locator(".react-flow__node").all()) {
    const id = (await box.getAttribute("data-id")) ?? "";
    const [x, y] = ((await box.getAttribute("style")) ?? "").match(/translate\((\S+)px, ?(\S+)px\)/)?.slice(1) ?? [];
    found[id] = { x: Number(x), y: Number(y) };
  }
  return found;
}

async function saveIt(page: Page, request: APIRequestContext, id: string) {
  const answered = page.waitForResponse((answer) => answer.request().method() === "PUT");
  await page.getByRole("button", { name: "Save" }).click();
  await answered;
  return (await (await request.get(`/workflows/${id}`)).json()).graph;
}

test("a node of a graph that is drawn further apart moves alone", async ({ page, request }) => {
  const id = await saveDrawn(request, { graph: CLOSE });
  await openEditor(page, id);
  const before = await places(page);
  expect(before).toEqual({ start: { x: 20, y: 0 }, wait: { x: 320, y: 0 }, stop: { x: 620, y: 40 } });
  await page.locator('.react-flow__node[data-id="stop"]').click();
  // React Flow moves a box from where it is drawn: presses faster than that count once.
  for (const y of [45, 50, 55, 60]) {
    await page.keyboard.press("ArrowDown");
    await expect.poll(() => places(page)).toEqual({ ...before, stop: { x: 620, y } });
  }

  const graph = await saveIt(page, request, id);
  expect(graph).toEqual({
    ...CLOSE,
    nodes: CLOSE.nodes.map((node) => (node.id === "stop" ? { ...node, position: { x: 310, y: 30 } } : node)),
  });
  await openEditor(page, id);
  expect(await places(page)).toEqual({ ...before, stop: { x: 620, y: 60 } });
});

test("a node that is put over another one moves no other", async ({ page, request }) => {
  const id = await saveDrawn(request);
  await openEditor(page, id);
  const before = await places(page);
  const box = await page.locator('.react-flow__node[data-id="wait"]').boundingBox();
  const over = await page.locator('.react-flow__node[data-id="start"]').boundingBox();
  if (!box || !over) throw new Error("The boxes are not drawn.");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(over.x + over.width / 2 + 20, over.y + over.height / 2, { steps: 8 });
  await page.mouse.up();
  await expect.poll(async () => (await places(page)).wait?.x).toBeLessThan(150);
  await expect(page.getByRole("button", { name: "Save" })).toBeEnabled();
  expect((await places(page)).start).toEqual(before.start);
});

test("a graph without positions gets all of them with the first move", async ({ page, request }) => {
  const bare = { ...CLOSE, nodes: CLOSE.nodes.map(({ position: _, ...node }) => node) };
  const id = await saveDrawn(request, { graph: bare });
  await openEditor(page, id);
  const before = await places(page);
  await page.locator('.react-flow__node[data-id="stop"]').click();
  await page.keyboard.press("ArrowDown");
  const moved = { ...before, stop: { x: before.stop?.x ?? 0, y: (before.stop?.y ?? 0) + 5 } };
  await expect.poll(() => places(page)).toEqual(moved);

  const graph = await saveIt(page, request, id);
  expect(
    Object.fromEntries(graph.nodes.map((node: { id: string; position: object }) => [node.id, node.position])),
  ).toEqual(moved);
});
