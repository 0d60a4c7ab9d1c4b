/** Templates in the fields of a node. */

import { GRAPH, saveDrawn } from "./edited";
import { expect, test } from "./studio";
import { saveAndWait } from "./textPane";

test("a field takes a template, with what it can refer to and its newest value", async ({ page, request }) => {
  const say = { id: "say", type: "transform", position: { x: 560, y: 0 }, data: { value: 1 } };
  const edges = [...GRAPH.edges, { id: "e2", source: "wait", target: "say" }];
  const id = await saveDrawn(request, { graph: { ...GRAPH, nodes: [...GRAPH.nodes, say], edges } });
  const started = await request.post("/executions", { data: { workflow_id: id, payload: { lead: { ms: 4 } } } });
  const { id: execution } = await started.json();
  await expect
    .poll(async () => (await (await request.get(`/executions/${execution}`)).json()).status, { timeout: 30_000 })
    .toBe("COMPLETED");
  await page.goto(`/studio/workflows/${id}`);

  await page.locator('.react-flow__node[data-id="wait"]').click();
  const inspector = page.getByRole("region", { name: "Node wait" });
  await inspector.getByRole("button", { name: "Template for ms" }).click();
  const field = inspector.getByRole("textbox", { name: "ms" }).or(inspector.getByRole("combobox", { name: "ms" }));
  await field.fill("{{ start");
  await expect(page.getByRole("option", { name: "start.output" }).first()).toBeVisible();
  await field.fill("{{ lead");
  await expect(page.getByRole("option", { name: "say.output" })).toHaveCount(0);
  await page.getByRole("option", { name: "payload.lead.ms" }).click();
  await expect(field).toHaveValue("{{ payload.lead.ms }}");
  await expect(inspector).toContainText("In the newest execution: 4");
  await saveAndWait(page, 2);

  const { graph } = await (await request.get(`/workflows/${id}`)).json();
  expect(graph.nodes[1].data.ms).toBe("{{ payload.lead.ms }}");
});

test("a text of several lines completes templates where they are typed", async ({ page, request }) => {
  const stop = { id: "stop", type: "fail", position: { x: 560, y: 0 }, data: { message: "Dear ,\nbye" } };
  const edges = [...GRAPH.edges, { id: "e2", source: "wait", target: "stop" }];
  const id = await saveDrawn(request, { graph: { ...GRAPH, nodes: [...GRAPH.nodes, stop], edges } });
  await request.post("/executions", { data: { workflow_id: id, payload: { lead: { name: "Ada" } } } });
  await page.goto(`/studio/workflows/${id}`);
  await page.locator('.react-flow__node[data-id="stop"]').click();
  const field = page.getByRole("region", { name: "Node stop" }).getByRole("textbox", { name: "message" });
  await field.click();
  await page.keyboard.press("Control+Home");
  for (let letter = 0; letter < "Dear ".length; letter += 1) await page.keyboard.press("ArrowRight");
  await page.keyboard.type("{{ lead.n");
  await expect(page.getByRole("option", { name: "payload.lead.name" })).toBeVisible();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await page.keyboard.type(" of {{ wait");
  await expect(page.getByRole("option", { name: "wait.output" }).first()).toBeVisible();
  await page.screenshot({ path: "e2e/shots/template-lines.png" });
  await page.keyboard.type(".output }}");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  await page.keyboard.type("!");

  await expect(field).toHaveValue("Dear {{ payload.lead.name }} of {{ wait.output }},\nbye!");
  await expect(page.getByRole("listbox")).toHaveCount(0);
});
