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
