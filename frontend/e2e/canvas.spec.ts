/** What is drawn on the canvas of the editor: edges, nodes at their ends and in their middle, and the layout. */

import { expectNoBarrier } from "./barriers";
import { GRAPH, openEditor, saveDrawn } from "./edited";
import { expect, test } from "./studio";

//          ┌─hot─▶ wait       by `next`
//   ask ───┤
//          └─else
const BRANCH = {
  nodes: [
    { id: "start", type: "start", position: { x: 0, y: 0 } },
    {
      id: "ask",
      type: "branch",
      position: { x: 280, y: 0 },
      data: {
        cases: [
          { label: "hot", condition: { "==": [1, 1] }, next: "wait" },
          { label: "else", else: true },
        ],
      },
    },
    { id: "wait", type: "delay", position: { x: 560, y: 0 }, data: { ms: 5 } },
    { id: "stop", type: "end", position: { x: 560, y: 160 } },
  ],
  edges: [
    { id: "e1", source: "start", target: "ask" },
    { id: "e2", source: "ask", target: "stop", sourceHandle: "else" },
  ],
};

function handle(page: import("@playwright/test").Page, node: string, title?: string) {
  const all = page.locator(`.react-flow__node[data-id="${node}"] .react-flow__handle`);
  return title === undefined ? all.first() : page.locator(`.react-flow__node[data-id="${node}"] [title="${title}"]`);
}

test("an edge from a case with a next asks before it replaces that", async ({ page, request }) => {
  const id = await saveDrawn(request, { graph: BRANCH });
  await openEditor(page, id);
  await handle(page, "ask", "hot").dragTo(handle(page, "stop"));
  const dialog = page.getByRole("dialog", { name: "This case already says next: wait" });
  await dialog.getByRole("button", { name: "Keep wait" }).click();
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();

  await handle(page, "ask", "hot").dragTo(handle(page, "stop"));
  await dialog.getByRole("button", { name: "Replace it" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 2" })).toBeVisible();
  const { graph } = await (await request.get(`/workflows/${id}`)).json();
  expect(graph.nodes[1].data.cases[0].next).toBe("stop");
  expect(graph.edges).toEqual(BRANCH.edges);
});

test("an edge of a next is removed with the next", async ({ page, request }) => {
  const id = await saveDrawn(request, { graph: BRANCH });
  await openEditor(page, id);
  await page.locator('.react-flow__node[data-id="ask"]').click();
  await page.getByRole("button", { name: "Remove the way to wait" }).click();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 2" })).toBeVisible();

  const { graph } = await (await request.get(`/workflows/${id}`)).json();
  expect(graph.nodes[1].data.cases[0]).toEqual({ label: "hot", condition: { "==": [1, 1] } });
});

test("an edge that is there already is not drawn again", async ({ page, request }) => {
  const id = await saveDrawn(request, { graph: BRANCH });
  await openEditor(page, id);
  await handle(page, "ask", "else").dragTo(handle(page, "stop"));
  await handle(page, "ask", "else").dragTo(handle(page, "ask"));

  await expect(page.getByRole("button", { name: /^Undo/ })).toBeDisabled();
});

test("a node is added in the middle of an edge, and at the end of a new one", async ({ page, request }) => {
  const id = await saveDrawn(request);
  await openEditor(page, id);
  await page.locator(".react-flow__edge-interaction").first().hover({ force: true });
  await page.getByRole("button", { name: "Insert a node between start and wait" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Find a node type" }).fill("transform");
  await page.keyboard.press("Enter");
  await expect(page.locator('.react-flow__node[data-id="transform"]')).toBeVisible();
  await page.getByRole("button", { name: "Close the inspector" }).click();

  await page.getByRole("button", { name: "Fit View" }).click();
  const exit = handle(page, "wait", "error");
  const canvas = await page.locator(".editor-canvas").boundingBox();
  await exit.hover();
  await page.mouse.down();
  await page.mouse.move((canvas?.x ?? 0) + 120, (canvas?.y ?? 0) + 60, { steps: 8 });
  await page.mouse.up();
  await page.screenshot({ path: "e2e/shots/type-menu.png" });
  await page.getByRole("dialog").getByRole("button", { name: "Fail" }).click();
  await expect(page.locator('.react-flow__node[data-id="fail"]')).toBeVisible();
  await page.getByRole("region", { name: "Node fail" }).getByLabel("message", { exact: false }).first().fill("No.");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 2" })).toBeVisible();

  const { graph } = await (await request.get(`/workflows/${id}`)).json();
  const [start, wait] = GRAPH.nodes;
  expect(graph.nodes.slice(0, 2)).toEqual([start, { ...wait, position: { x: 560, y: 0 } }]);
  expect(graph.edges).toEqual([
    { ...GRAPH.edges[0], target: "transform" },
    { id: "transform-wait", source: "transform", target: "wait" },
    { id: "wait-error-fail", source: "wait", target: "fail", sourceHandle: "error" },
  ]);
});

test("the nodes of a graph are found in its outline", async ({ page, request }) => {
  const id = await saveDrawn(request, { graph: BRANCH });
  await openEditor(page, id);
  await page.getByText("Outline", { exact: true }).click();
  const rows = page.getByRole("list", { name: "Nodes in run order" });
  await expect(rows.getByRole("button")).toHaveCount(4);
  await expect(rows.getByRole("button", { name: /ask/ })).toContainText("hot → wait");
  await page.screenshot({ path: "e2e/shots/outline-pane.png" });
  await page.getByRole("textbox", { name: "Find a node" }).fill("sto");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("region", { name: "Node stop" })).toBeVisible();
});

test("a graph of 3,000 nodes opens as a list and as text", async ({ page, request }) => {
  const ids = Array.from({ length: 3000 }, (_, index) => `n${index}`);
  const nodes = [{ id: "start", type: "start" }, ...ids.map((each) => ({ id: each, type: "delay", data: { ms: 1 } }))];
  const edges = ids.map((each, index) => ({ source: index ? `n${index - 1}` : "start", target: each }));
  const id = await saveDrawn(request, { graph: { nodes, edges } });
  await page.goto(`/studio/workflows/${id}`);
  await expect(page.getByText("3,001 nodes are listed")).toBeVisible({ timeout: 40_000 });
  await expect(page.getByRole("textbox", { name: "Definition as JSON" })).toBeVisible();

  await page.getByRole("textbox", { name: "Find a node" }).fill("n2999");
  await page.keyboard.press("Enter");
  const inspector = page.getByRole("region", { name: "Node n2999" });
  await inspector.getByLabel("ms", { exact: false }).first().fill("7");
  await page.screenshot({ path: "e2e/shots/large-graph.png" });
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 2" })).toBeVisible({ timeout: 40_000 });
  const { graph } = await (await request.get(`/workflows/${id}`)).json();
  expect(graph.nodes.at(-1)).toEqual({ id: "n2999", type: "delay", data: { ms: 7 } });
  expect(graph.nodes.slice(0, -1)).toEqual(nodes.slice(0, -1));
});

test("a + at an exit adds a node that is connected, by the pointer and by keys", async ({ page, request }) => {
  const id = await saveDrawn(request, { graph: BRANCH });
  await openEditor(page, id);
  await page.locator('.react-flow__node[data-id="stop"] .react-flow__handle.source').first().hover();
  await page.getByRole("button", { name: "Add a node behind stop", exact: true }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Find a node type" }).fill("transform");
  await page.screenshot({ path: "e2e/shots/exit-plus.png" });
  await page.keyboard.press("Enter");
  await expect(page.locator('.react-flow__node[data-id="transform"]')).toHaveClass(/selected/);

  const exit = page.locator('.react-flow__node[data-id="transform"] .react-flow__handle[title="error"]');
  await exit.focus();
  await expect(page.getByRole("button", { name: "Add a node behind transform: error" })).toBeVisible();
  await expectNoBarrier(page);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Fail" }).click();
  await expect(page.locator('.react-flow__node[data-id="fail"]')).toHaveClass(/selected/);
  await page.getByRole("region", { name: "Node fail" }).getByLabel("message", { exact: false }).first().fill("No.");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 2" })).toBeVisible();

  const { graph } = await (await request.get(`/workflows/${id}`)).json();
  expect(graph.edges.slice(2)).toEqual([
    { id: "stop-transform", source: "stop", target: "transform" },
    { id: "transform-error-fail", source: "transform", target: "fail", sourceHandle: "error" },
  ]);
  expect(graph.nodes[4].position).toEqual({ x: 840, y: 160 });
});

test("a node that is put near another one moves no other", async ({ page, request }) => {
  const id = await saveDrawn(request, { graph: BRANCH });
  await openEditor(page, id);
  const placeOfStart = async () => {
    const canvas = await page.locator(".editor-canvas").boundingBox();
    const box = await page.locator('.react-flow__node[data-id="start"]').boundingBox();
    return [(box?.x ?? 0) - (canvas?.x ?? 0), (box?.y ?? 0) - (canvas?.y ?? 0)].map(Math.round);
  };
  const before = await placeOfStart();
  const stop = await page.locator('.react-flow__node[data-id="stop"]').boundingBox();
  const from = { x: (stop?.x ?? 0) + 100, y: (stop?.y ?? 0) + 30 };
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(from.x, from.y - 115, { steps: 8 });
  const compiled = page.waitForResponse(/compile/);
  await page.mouse.up();
  await compiled;

  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version" })).toBeVisible();
  expect(await placeOfStart()).toEqual(before);
  const { graph } = await (await request.get(`/workflows/${id}`)).json();
  expect(graph.nodes[3].position.y).toBeLessThan(76);
});
