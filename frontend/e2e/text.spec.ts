/** One document as graph and as text: what is typed is an edit, and what cannot be read changes nothing. */

import type { APIRequestContext } from "@playwright/test";
import { expectNoBarrier } from "./barriers";
import { expect, test } from "./studio";
import { openText, replaceText, saveAndWait } from "./textPane";

const GRAPH = {
  viewport: { x: 1, y: 2, zoom: 0.5 },
  nodes: [
    { id: "start", type: "start", position: { x: 0, y: 0 } },
    { id: "wait", type: "delay", position: { x: 280, y: 0 }, data: { ms: 5, custom: [1, { a: null }] } },
  ],
  edges: [{ id: "e1", source: "start", target: "wait", animated: true }],
};

const TASKS = `# Says hello
name: NAME
version: 1.10
tasks:
  - {id: greet, activity_type: transform, config: {value: "Hello", seen: 12345678901234567890}}

  - id: wait   # a moment
    activity_type: delay
    depends_on: [greet]
    config: {ms: 5}
`;

let number = 0;
/** Names of definitions are unique, also on a stack that has been tested before. */
const OWN = `greeting-${Date.now()}`;

async function save(request: APIRequestContext, body: object): Promise<string> {
  number += 1;
  const answer = await request.post("/workflows", { data: { name: `Text ${number}`, ...body } });
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()).id;
}

test("text and graph are one document", async ({ page, request }) => {
  const id = await save(request, { graph: GRAPH, trigger: { "==": [1, 2] } });
  const text = await openText(page, id);
  await expect(page.locator(".react-flow__node")).toHaveCount(2);

  await replaceText(page, text, '"ms": 5', '"ms": 1234');
  await page.locator('.react-flow__node[data-id="wait"]').click();
  const field = page.getByRole("textbox", { name: "ms" });
  await expect(field).toHaveValue("1234");
  await field.fill("77");
  await expect(text).toContainText('"ms": 77');
  await page.getByRole("button", { name: /^Undo/ }).click();
  await expect(text).toContainText('"ms": 1234');
  await saveAndWait(page, 2);

  const { graph, trigger } = await (await request.get(`/workflows/${id}`)).json();
  const wait = { ...GRAPH.nodes[1], data: { ms: 1234, custom: [1, { a: null }] } };
  expect(graph).toEqual({ ...GRAPH, nodes: [GRAPH.nodes[0], wait] });
  expect(trigger).toEqual({ "==": [1, 2] });
});

test("a text that cannot be read leaves the graph as it was", async ({ page, request, context }) => {
  const id = await save(request, { graph: GRAPH });
  const text = await openText(page, id);
  await expect(page.locator(".react-flow__node")).toHaveCount(2);

  await replaceText(page, text, '"ms": 5', '"ms": ,');
  await expect(page.getByText(/The text has an error at line \d+; the graph shows the last good state/)).toBeVisible();
  await expect(page.locator(".react-flow__node")).toHaveCount(2);
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  await expect(page.getByRole("button", { name: /^Tidy/ })).toHaveCount(0);
  await page.locator('.react-flow__node[data-id="wait"]').click();
  await expect(page.getByRole("textbox", { name: "ms" })).toBeDisabled();

  await expect(page.getByRole("status").filter({ hasText: "kept in this browser" })).toBeVisible();
  await page.close({ runBeforeUnload: false });
  const again = await context.newPage();
  await again.goto(`/studio/workflows/${id}?view=both`);
  await again.getByRole("button", { name: "Continue" }).click();
  await expect(again.getByRole("textbox", { name: /^Definition as/ })).toContainText('"ms": ,');
  await again.getByRole("button", { name: "Back to the last good text" }).click();
  await expect(again.getByRole("textbox", { name: /^Definition as/ })).toContainText('"ms": 5');
  await expect(again.getByRole("button", { name: "Save" })).toBeDisabled();
});

test("problems of the server are marked at their place", async ({ page, request }) => {
  const id = await save(request, { graph: GRAPH });
  const text = await openText(page, id, "text");

  await replaceText(page, text, '"target": "wait"', '"target": "nowhere"');
  const problems = page.getByRole("region", { name: "Problems" });
  await problems
    .getByRole("button", { name: /nowhere/ })
    .first()
    .click();
  await expect(page.locator(".cm-lintRange-error").first()).toBeVisible();
  await expect(page.locator(".cm-activeLine")).toContainText(/target|source|"id": "e1"|\{/);
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
});

test("numbers that a browser cannot hold stay as they are", async ({ page, request }) => {
  const big = "12345678901234567890";
  const body = `{"name": "Big", "graph": {"nodes": [{"id": "a", "type": "transform", "data": {"value": 1, "n": ${big}}}], "edges": []}}`;
  const made = await request.post("/workflows", { data: body, headers: { "Content-Type": "application/json" } });
  const { id } = await made.json();
  const text = await openText(page, id);
  await expect(text).toContainText(big);

  await page.locator(".react-flow__node").click();
  await page
    .getByRole("textbox", { name: "label" })
    .or(page.getByRole("textbox", { name: "value" }))
    .first()
    .fill("2");
  await saveAndWait(page, 2);

  expect(await (await request.get(`/workflows/${id}`)).text()).toContain(big);
});

test("tasks are edited as their YAML and in forms", async ({ page, request }) => {
  const id = await save(request, { name: undefined, definition_yaml: TASKS.replace("NAME", `${OWN}-1`) });
  const text = await openText(page, id);
  await expect(page.getByText("This workflow is written as tasks in YAML")).toBeVisible();

  await page.locator('.react-flow__node[data-id="wait"]').click();
  await page.getByRole("textbox", { name: "ms" }).fill("9");
  await expect(text).toContainText("config: {ms: 9}");
  await expect(page.getByLabel("Connect to")).toHaveCount(0);
  await replaceText(page, text, `${OWN}-1`, `${OWN}-2`);
  await saveAndWait(page, 2);

  const saved = await (await request.get(`/workflows/${id}`)).json();
  expect(saved.definition_yaml).toBe(TASKS.replace("NAME", `${OWN}-2`).replace("ms: 5", "ms: 9"));
  expect(saved.name).toBe(`${OWN}-2`);

  await replaceText(page, text, "depends_on: [greet]", "depends_on: [great]");
  await expect(page.getByRole("region", { name: "Problems" })).toContainText("great");
  await expect(page.locator(".react-flow__node")).toHaveCount(2);
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
});

test("a DAG is edited as text and in forms", async ({ page, request }) => {
  const dag = {
    nodes: [
      { id: "a", handler: "transform", config: { value: 1 } },
      { id: "b", handler: "delay", dependencies: ["a"], config: { ms: 1 }, note: "kept" },
    ],
  };
  const made = await request.post("/v1/workflow", { data: { name: `A DAG to edit ${OWN}`, dag } });
  const { workflow_definition_id: id } = await made.json();
  await openText(page, id);

  await page.locator('.react-flow__node[data-id="b"]').click();
  await page.getByRole("textbox", { name: "ms" }).fill("3");
  await saveAndWait(page, 2);

  const saved = await (await request.get(`/workflows/${id}`)).json();
  expect(saved.dag).toEqual({ nodes: [dag.nodes[0], { ...dag.nodes[1], config: { ms: 3 } }] });
});

test.describe("when somebody else has saved a text", () => {
  test.use({ allowed: [/412/] });

  test("both changes are named and nothing is overwritten", async ({ page, request }) => {
    const yaml = TASKS.replace("NAME", `${OWN}-3`);
    const id = await save(request, { name: undefined, definition_yaml: yaml });
    const text = await openText(page, id, "text");
    await replaceText(page, text, "Hello", "Hi");
    await request.put(`/workflows/${id}`, { data: { definition_yaml: yaml.replace("ms: 5", "ms: 6") } });

    await page.getByRole("button", { name: "Save" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("definition_yaml");
    await dialog.getByRole("button", { name: "Take theirs" }).click();
    await expect(text).toContainText("ms: 6");
    await page.getByRole("button", { name: /^Undo/ }).click();
    await expect(text).toContainText("Hi");
  });
});

for (const scheme of ["light", "dark"] as const) {
  test(`text and graph have no barrier: ${scheme}`, async ({ page, request }) => {
    const id = await save(request, { graph: GRAPH });
    await page.emulateMedia({ colorScheme: scheme });
    await openText(page, id);
    await page.locator('.react-flow__node[data-id="wait"]').click();
    await expectNoBarrier(page);
    await page.screenshot({ path: `e2e/shots/editor-text-${scheme}.png` });
  });
}
