/** Nodes that are copied, cut, pasted and duplicated, within a workflow and into another one. */

import type { Page } from "@playwright/test";
import { expectNoBarrier } from "./barriers";
import { openEditor, saveDrawn } from "./edited";
import { expect, test } from "./studio";

//   start ─▶ wait ─▶ say
const CHAIN = {
  nodes: [
    { id: "start", type: "start", position: { x: 0, y: 0 } },
    { id: "wait", type: "delay", position: { x: 280, y: 0 }, data: { ms: 5, custom: [1] } },
    { id: "say", type: "transform", position: { x: 560, y: 0 }, data: { value: "{{ wait.output }}" } },
  ],
  edges: [
    { id: "e1", source: "start", target: "wait" },
    { id: "e2", source: "wait", target: "say", animated: true },
  ],
};
const COPIES = [
  { id: "delay", type: "delay", data: { ms: 5, custom: [1] } },
  { id: "transform", type: "transform", data: { value: "{{ delay.output }}" } },
];

function node(page: Page, id: string) {
  return page.locator(`.react-flow__node[data-id="${id}"]`);
}

async function selectBoth(page: Page): Promise<void> {
  await node(page, "wait").click();
  await page.getByRole("button", { name: "Close the inspector" }).click();
  await node(page, "say").click({ modifiers: ["ControlOrMeta"] });
  await expect(page.locator(".react-flow__node.selected")).toHaveCount(2);
}

async function savedGraph(page: Page, request: import("@playwright/test").APIRequestContext, id: string) {
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 2" })).toBeVisible();
  return (await (await request.get(`/workflows/${id}`)).json()).graph;
}

test("nodes are duplicated with the edges between them, as one step of undo", async ({ page, request }) => {
  const id = await saveDrawn(request, { graph: CHAIN });
  await openEditor(page, id);
  await selectBoth(page);

  await page.keyboard.press("Control+d");
  await expect(node(page, "transform")).toHaveClass(/selected/);
  await expect(page.locator(".react-flow__node.selected")).toHaveCount(2);
  await expect(page.locator(".react-flow__edge")).toHaveCount(3);
  await page.screenshot({ path: "e2e/shots/duplicated.png" });
  await page.getByRole("button", { name: /^Undo/ }).click();
  await expect(page.locator(".react-flow__node")).toHaveCount(3);
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  await page.getByRole("button", { name: /^Redo/ }).click();

  const graph = await savedGraph(page, request, id);
  expect(graph.nodes).toEqual([
    ...CHAIN.nodes,
    { ...COPIES[0], position: { x: 320, y: 88 } },
    { ...COPIES[1], position: { x: 600, y: 88 } },
  ]);
  expect(graph.edges).toEqual([
    ...CHAIN.edges,
    { id: "delay-transform", source: "delay", target: "transform", animated: true },
  ]);
});

test("nodes are cut, and pasted at the pointer into a workflow in another tab", async ({ page, request, context }) => {
  const [one, other] = [await saveDrawn(request, { graph: CHAIN }), await saveDrawn(request)];
  await openEditor(page, one);
  await selectBoth(page);
  await page.keyboard.press("Control+x");
  await expect(page.locator(".react-flow__node")).toHaveCount(1);

  const second = await context.newPage();
  await openEditor(second, other);
  const canvas = await second.locator(".editor-canvas").boundingBox();
  await second.mouse.move((canvas?.x ?? 0) + 200, (canvas?.y ?? 0) + 90);
  await second.keyboard.press("Control+v");
  await expect(second.locator(".react-flow__node.selected")).toHaveCount(2);
  const pasted = await node(second, "delay").boundingBox();
  expect(Math.abs((pasted?.x ?? 0) - (canvas?.x ?? 0) - 200)).toBeLessThan(3);
  expect(Math.abs((pasted?.y ?? 0) - (canvas?.y ?? 0) - 90)).toBeLessThan(3);

  const graph = await savedGraph(second, request, other);
  expect(graph.nodes.slice(2)).toMatchObject([COPIES[0], { ...COPIES[1], id: "say" }]);
  expect(graph.edges.slice(1)).toEqual([{ id: "delay-say", source: "delay", target: "say", animated: true }]);
});

test("a clipboard without nodes is told, and fields have their own copy and paste", async ({ page, request }) => {
  const id = await saveDrawn(request, { graph: CHAIN });
  await openEditor(page, id);
  await node(page, "wait").click();
  await page.getByRole("button", { name: "Transform", exact: true }).first().waitFor();
  const search = page.getByRole("textbox", { name: "Find a node type" });
  await search.fill("no nodes at all");
  await search.press("Control+a");
  await search.press("Control+x");
  await expect(search).toHaveValue("");
  await search.press("Control+v");
  await expect(search).toHaveValue("no nodes at all");
  await search.press("Control+d");

  await node(page, "wait").click();
  await page.keyboard.press("Control+v");

  const notice = page.getByRole("alert");
  await expect(notice).toHaveCSS("opacity", "1");
  await expect(notice).toContainText('The clipboard has no nodes but the text "no nodes at all".');
  await expect(page.locator(".react-flow__node")).toHaveCount(3);
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  await expectNoBarrier(page);
});
