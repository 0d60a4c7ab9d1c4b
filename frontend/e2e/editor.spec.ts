/** Editing a graph: what is not edited stays as it was, and mistakes are named. */

import { expectNoBarrier } from "./barriers";
import { GRAPH, openEditor, saveDrawn } from "./edited";
import { expect, test } from "./studio";

test("an edit changes what was edited and nothing else", async ({ page, request }) => {
  const id = await saveDrawn(request);
  await openEditor(page, id);

  await page.locator('.react-flow__node[data-id="wait"]').click();
  await page.getByLabel("ms", { exact: false }).first().fill("7");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 2" })).toBeVisible();

  const { graph, trigger } = await (await request.get(`/workflows/${id}`)).json();
  const wait = { ...GRAPH.nodes[1], data: { ms: 7, custom: [1, { a: null }] } };
  expect(graph).toEqual({ ...GRAPH, nodes: [GRAPH.nodes[0], wait] });
  expect(trigger).toEqual({ "==": [1, 2] });
});

test("a node is added, connected, undone and done again", async ({ page, request }) => {
  const id = await saveDrawn(request);
  await openEditor(page, id);

  await page.locator('.react-flow__node[data-id="wait"]').click();
  await page.getByRole("textbox", { name: "Find a node type" }).fill("transform");
  await page.keyboard.press("Enter");
  await expect(page.locator('.react-flow__node[data-id="transform"]')).toBeVisible();
  await expect(page.locator(".react-flow__edge")).toHaveCount(2);
  await page.getByRole("button", { name: /^Undo/ }).click();
  await expect(page.locator('.react-flow__node[data-id="transform"]')).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  await page.getByRole("button", { name: /^Redo/ }).click();
  await expect(page.locator('.react-flow__node[data-id="transform"]')).toBeVisible();

  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 2" })).toBeVisible();
  const { graph } = await (await request.get(`/workflows/${id}`)).json();
  expect(graph.edges.at(-1)).toMatchObject({ source: "wait", target: "transform" });
});

test("wrong data are named at their field, and a loop without a way out blocks saving", async ({ page, request }) => {
  const id = await saveDrawn(request);
  await openEditor(page, id);

  await page.locator('.react-flow__node[data-id="wait"]').click();
  await page.getByRole("button", { name: "HTTP call", exact: true }).click();
  const problems = page.getByRole("region", { name: "Problems" });
  await expect(problems.getByRole("button", { name: /Node http_call: url/ })).toBeVisible();
  const inspector = page.getByRole("region", { name: "Node http_call" });
  await expect(inspector.getByText("Node http_call: url: it is required.")).toBeVisible();
  await inspector.getByLabel("url", { exact: false }).first().fill("https://example.com/");
  await expect(problems.getByRole("button", { name: /url/ })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Save" })).toBeEnabled();

  await inspector.getByLabel("Connect to").selectOption("start");
  await expect(problems).toContainText("1 to mend");
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
});

test("a node is renamed in all that names it, after a look at the changes", async ({ page, request }) => {
  const say = { id: "say", type: "transform", data: { value: 1, note: "{{ wait.output }} of {{ payload.wait }}" } };
  const edges = [...GRAPH.edges, { id: "e2", source: "wait", target: "say" }];
  const id = await saveDrawn(request, { graph: { ...GRAPH, nodes: [...GRAPH.nodes, say], edges } });
  await openEditor(page, id);

  await page.locator('.react-flow__node[data-id="wait"]').click();
  await page.getByRole("button", { name: "Rename wait" }).click();
  const dialog = page.getByRole("dialog", { name: "Rename wait" });
  await dialog.getByLabel("New id").fill("start");
  await expect(dialog).toContainText("There is a node start already.");
  await expect(dialog.getByRole("button", { name: "Rename" })).toBeDisabled();
  await dialog.getByLabel("New id").fill("pause");
  await expect(dialog.getByRole("listitem")).toHaveCount(4);
  await expect(dialog).toContainText("{{ pause.output }} of {{ payload.wait }}");
  await dialog.getByRole("button", { name: "Rename" }).click();
  await expect(page.getByRole("region", { name: "Node pause" })).toBeVisible();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 2" })).toBeVisible();

  const { graph } = await (await request.get(`/workflows/${id}`)).json();
  expect(graph).toEqual({
    ...GRAPH,
    nodes: [
      GRAPH.nodes[0],
      { ...GRAPH.nodes[1], id: "pause" },
      { ...say, data: { value: 1, note: "{{ pause.output }} of {{ payload.wait }}" } },
    ],
    edges: [
      { ...GRAPH.edges[0], target: "pause" },
      { id: "e2", source: "pause", target: "say" },
    ],
  });
});

test("behaviour, the last run and an edge are edited in the inspector", async ({ page, request }) => {
  const id = await saveDrawn(request);
  const { id: execution } = await (
    await request.post("/executions", { data: { workflow_id: id, payload: {} } })
  ).json();
  await expect
    .poll(async () => (await (await request.get(`/executions/${execution}`)).json()).status, { timeout: 30_000 })
    .toBe("COMPLETED");
  await openEditor(page, id);

  await page.locator('.react-flow__node[data-id="wait"]').click();
  const inspector = page.getByRole("region", { name: "Node wait" });
  await inspector.getByRole("button", { name: "Last run" }).click();
  await expect(inspector).toContainText("of version 1");
  await expect(inspector.getByText("Completed").first()).toBeVisible();
  await inspector.getByRole("button", { name: "Behaviour" }).click();
  await inspector.getByRole("textbox", { name: "timeout" }).fill("5m");
  await expect(inspector).toContainText("5m: 300 seconds");
  await inspector.getByRole("textbox", { name: "max_attempts" }).fill("4");
  await inspector.getByRole("combobox", { name: "on_error" }).selectOption("continue");
  await expect(inspector.getByRole("button", { name: "Behaviour (set)" })).toBeVisible();

  await page.locator(".react-flow__edge").first().focus();
  await page.keyboard.press("Enter");
  const edge = page.getByRole("region", { name: "Edge" });
  await edge.getByLabel("Label").fill("then");
  await edge.getByLabel("Exit").selectOption("error");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 2" })).toBeVisible();

  const { graph } = await (await request.get(`/workflows/${id}`)).json();
  const data = { ...GRAPH.nodes[1]?.data, timeout: "5m", retry: { max_attempts: 4 }, on_error: "continue" };
  expect(graph.nodes).toEqual([GRAPH.nodes[0], { ...GRAPH.nodes[1], data }]);
  expect(graph.edges).toEqual([{ ...GRAPH.edges[0], label: "then", sourceHandle: "error" }]);
});

for (const scheme of ["light", "dark"] as const) {
  test(`the editor has no barrier: ${scheme}`, async ({ page, request }) => {
    const id = await saveDrawn(request);
    await page.emulateMedia({ colorScheme: scheme });
    await openEditor(page, id);
    await page.locator('.react-flow__node[data-id="wait"]').click();
    await expectNoBarrier(page);
  });
}
