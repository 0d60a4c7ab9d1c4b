/** The trigger of a workflow: one draft with its graph, against events, in every language. */

import { expectNoBarrier } from "./barriers";
import { lookAt } from "./look";
import { expectSaved, GRAPH, newSource, openTrigger, pressSave, row, save, scene, triggerOf } from "./ruleScene";
import { expect, test } from "./studio";

test.describe("a rule that is refused", () => {
  test.use({ allowed: [/422/] });

  test("is named at its clause, and kept as it is", async ({ page, request }) => {
    const { id } = await scene(request);
    await openTrigger(page, id);
    await page.getByText("Text", { exact: true }).click();
    const text = page.getByRole("textbox", { name: "Trigger as JSON" });

    await text.fill('{"and": [{"is_vip": [1]}, {"==": [1 2]}]}');
    await expect(page.getByText(/line 1 column 37/)).toBeVisible();
    await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
    await text.fill('{"and": [{"==": [{"var": "id"}, 9007199254740993]}]}');
    await page.getByText("Conditions", { exact: true }).click();
    await expect(row(page, "id is 9007199254740993")).toBeVisible();
    await page.getByText("Text", { exact: true }).click();
    await text.fill('{"and": [{"is_vip": [1]}, {"==": [1, 1]}]}');
    await page.getByText("Conditions", { exact: true }).click();
    await expect(row(page, /is_vip.*kept as it is.*not known/)).toBeVisible();
    await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
    await row(page, /is_vip/)
      .getByRole("button", { name: "Actions" })
      .click();
    await expect(page.getByRole("menuitem", { name: "Edit", exact: true })).toHaveCount(0);
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await pressSave(page);
    expect(await triggerOf(request, id)).toEqual({ and: [{ "==": [1, 1] }] });
  });
});

test("the trigger and the graph are one draft", async ({ page, request }) => {
  const { id } = await scene(request);
  await openTrigger(page, id);
  await row(page, "score is more than 75").click();
  await page.getByRole("textbox", { name: "Value" }).fill("76");
  await page.getByRole("tab", { name: "Graph" }).click();
  await expect(page.getByRole("button", { name: "Save" })).toBeEnabled();
  await page.getByRole("button", { name: "Transform" }).click();
  await expect(page.locator('.react-flow__node[data-id="transform"]')).toBeVisible();
  await page.getByRole("tab", { name: "Trigger" }).click();
  await expect(row(page, "score is more than 76")).toBeVisible();
  await pressSave(page);

  const { trigger, graph } = await (await request.get(`/workflows/${id}`)).json();
  expect(JSON.stringify(trigger)).toContain("76");
  expect(graph.nodes).toHaveLength(2);
});

test.describe("when somebody else has saved", () => {
  test.use({ allowed: [/412/] });

  test("both changes are combined", async ({ page, request }) => {
    const { id } = await scene(request);
    await openTrigger(page, id);
    await row(page, "score is more than 75").click();
    await page.getByRole("textbox", { name: "Value" }).fill("77");
    const trigger = await triggerOf(request, id);
    await request.put(`/workflows/${id}`, { data: { name: "Renamed", trigger, graph: GRAPH } });

    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Combine both" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await expectSaved(page);
    const now = await (await request.get(`/workflows/${id}`)).json();
    expect(now.name).toBe("Renamed");
    expect(JSON.stringify(now.trigger)).toContain("77");
  });

  test("one of two triggers is chosen, on a phone too", async ({ page, request }) => {
    const { id } = await scene(request);
    await openTrigger(page, id);
    await row(page, "score is more than 75").click();
    await page.getByRole("textbox", { name: "Value" }).fill("77");
    const { name } = await (await request.get(`/workflows/${id}`)).json();
    const theirs = { nodes: [...GRAPH.nodes, { id: "added", type: "end" }], edges: GRAPH.edges };
    await request.put(`/workflows/${id}`, { data: { name, trigger: { "==": [{ var: "score" }, 1] }, graph: theirs } });
    await page.getByRole("button", { name: "Save" }).click();
    const dialog = page.getByRole("dialog");
    await lookAt(page, "conflict");
    await page.setViewportSize({ width: 390, height: 844 });

    const values = dialog.getByRole("region", { name: "trigger" }).locator(".changed-value");
    const [before, other] = [await values.nth(0).boundingBox(), await values.nth(1).boundingBox()];
    expect(other?.y).toBeGreaterThanOrEqual((before?.y ?? 0) + (before?.height ?? 0));
    await dialog.getByRole("button", { name: "Mine", exact: true }).click();
    await dialog.getByRole("button", { name: "Combine both" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await expectSaved(page);
    const now = await (await request.get(`/workflows/${id}`)).json();
    expect(JSON.stringify(now.trigger)).toContain("77");
    expect(now.graph.nodes.map((node: { id: string }) => node.id)).toContain("added");
  });
});

test("a workflow without a trigger gets one, and tries it on the past", async ({ page, request }) => {
  const { source } = await scene(request);
  const id = await save(request, null);
  await openTrigger(page, id);
  await expect(page.getByText("no event starts this workflow", { exact: false })).toBeVisible();
  await page.getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("combobox", { name: "Path" }).fill("source");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("combobox", { name: "Path" }).fill("source");
  const value = page.getByRole("combobox", { name: "Value", exact: true });
  await value.fill(source);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("region", { name: "Against recent events" })).toContainText("Matches 4 of");

  await page.getByRole("link", { name: "Backtest", exact: true }).click();
  await expect(page.getByRole("heading", { name: /^Backtest/ })).toBeVisible();
  await expect(page.getByText(source).first()).toBeVisible();
});

test("a trigger is edited in every language", async ({ page, request }) => {
  const yaml = `# kept
name: ${newSource()}
trigger: {">": [{var: score}, 75]}
tasks:
  - {id: greet, activity_type: transform, config: {value: 1}}
`;
  const { id } = await (await request.post("/workflows", { data: { definition_yaml: yaml } })).json();
  await openTrigger(page, id);
  await row(page, "score is more than 75").click();
  await page.getByRole("textbox", { name: "Value" }).fill("80");
  await page.getByRole("button", { name: "Done" }).click();
  await pressSave(page);
  const { trigger, definition_yaml } = await (await request.get(`/workflows/${id}`)).json();
  expect(trigger).toEqual({ ">": [{ var: "score" }, 80] });
  expect(definition_yaml).toContain("# kept");
  expect(definition_yaml).toContain("80");

  const name = newSource();
  const dag = { nodes: [{ id: "a", handler: "input", dependencies: [] }] };
  const submitted = await (await request.post("/v1/workflow", { data: { name, dag } })).json();
  const found = await (await request.get(`/workflows/${submitted.workflow_definition_id}`)).json();
  await openTrigger(page, found.id);
  await page.getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("combobox", { name: "Path" }).fill("go");
  await page.getByLabel("Operator").selectOption("is there and not empty");
  await page.getByRole("button", { name: "Done" }).click();
  await pressSave(page);
  const saved = await (await request.get(`/workflows/${found.id}`)).json();
  expect(saved.trigger).toEqual({ and: [{ "!!": [{ var: "go" }] }] });
  expect(saved.dag).toEqual(found.dag);
  expect(saved.version).toBe(found.version);
});

for (const scheme of ["light", "dark"] as const) {
  for (const [name, width] of Object.entries({ wide: 1440, phone: 390 })) {
    test(`the trigger has no barrier: ${scheme}, ${name}`, async ({ page, request }) => {
      const { id } = await scene(request);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 900 });
      await openTrigger(page, id);
      await page
        .getByRole("button", { name: /score 70/ })
        .first()
        .click();
      await expect(row(page, /score is more than 75, was 70/)).toBeVisible();
      await page.screenshot({ path: `e2e/shots/trigger-${scheme}-${name}.png`, fullPage: true });
      await expectNoBarrier(page, `trigger ${name}`);
      await row(page, /score is more than 75/).click();
      await expect(page.getByLabel("Operator")).toBeVisible();
      await page.screenshot({ path: `e2e/shots/trigger-edit-${scheme}-${name}.png`, fullPage: true });
      await expectNoBarrier(page, `trigger ${name}`);
      await page.getByRole("button", { name: "Done" }).click();
      await row(page, /score is more than 75/)
        .getByRole("button", { name: "Actions" })
        .click();
      await expect(page.getByRole("menuitem", { name: "Wrap in not" })).toBeVisible();
      await page.screenshot({ path: `e2e/shots/trigger-menu-${scheme}-${name}.png`, fullPage: true });
      await expectNoBarrier(page, `trigger ${name}`);
    });
  }
}
