/** The tabs of a workflow: versions, settings, and a run by hand. */

import type { APIRequestContext } from "@playwright/test";
import { lookAt } from "./look";
import { type Drawn, FAILING, nameOf, save } from "./seed";
import { expect, test } from "./studio";

//   start ─▶ call ─▶ tell, which is new; `call` has another message
const LONGER: Drawn = {
  nodes: [
    ["start", "start"],
    ["call", "fail", { label: "Publish", message: "Another message." }],
    ["tell", "transform", { label: "Tell", value: 1 }],
  ],
  edges: ["start>call", "call>tell"],
};

async function saveAgain(request: APIRequestContext, id: string, drawn: Drawn): Promise<void> {
  const other = await save(request, nameOf("scratch"), drawn);
  const { graph } = await (await request.get(`/workflows/${other}`)).json();
  const { name } = await (await request.get(`/workflows/${id}`)).json();
  const answer = await request.put(`/workflows/${id}`, { data: { name, trigger: null, graph } });
  expect(answer.ok(), await answer.text()).toBeTruthy();
  await request.delete(`/workflows/${other}`);
}

test("versions are compared, and one is made current again", async ({ page, request }) => {
  const id = await save(request, nameOf("Publishing"), FAILING);
  await saveAgain(request, id, LONGER);
  await page.goto(`/studio/workflows/${id}`);
  await page.getByRole("tab", { name: "Versions" }).click();
  await expect(page).toHaveURL(/tab=versions/);

  const row = page.getByRole("row", { name: /Compare version 2/ });
  await expect(row).toContainText("1 node added, 1 changed, 1 edge added");
  const differences = page.getByRole("list", { name: "Differences of the graph" });
  await expect(differences).toContainText("Tell");
  await expect(differences.getByRole("listitem")).toHaveCount(3);
  await expect(page.locator(".react-flow__node.mark-added")).toContainText("Tell");
  await expect(page.getByRole("region", { name: "Differences of the definition" })).toContainText("Another message.");
  await lookAt(page, "versions");

  await page.getByRole("button", { name: "Make this the current version" }).click();
  await page.getByRole("button", { name: "Save version 1 again" }).click();
  await expect(page.getByText("Version 1 was saved again as version 3.")).toBeVisible();
  await expect(page.getByRole("row", { name: /Compare version 3/ })).toContainText("1 node removed, 1 changed");
  expect((await (await request.get(`/workflows/${id}`)).json()).version).toBe(3);
});

test.describe("a save of somebody else", () => {
  test.use({ allowed: [/412/] });

  test("is not overwritten by an earlier version", async ({ page, request }) => {
    const id = await save(request, nameOf("Publishing"), FAILING);
    await saveAgain(request, id, LONGER);
    await page.goto(`/studio/workflows/${id}?tab=versions`);
    await page.getByRole("button", { name: "Make this the current version" }).click();
    await saveAgain(request, id, FAILING);
    await page.getByRole("button", { name: "Save version 1 again" }).click();

    await expect(page.getByRole("dialog").getByRole("alert")).toContainText("was saved since");
    expect((await (await request.get(`/workflows/${id}`)).json()).version).toBe(3);
  });
});

test("settings are saved from the schema of the server", async ({ page, request }) => {
  const id = await save(request, nameOf("Leads"), FAILING);
  await page.goto(`/studio/workflows/${id}?tab=settings`);
  await page.getByLabel("description").fill("Sends leads on.");
  await page.getByRole("switch", { name: "Concurrency" }).click({ force: true });
  const concurrency = page.getByRole("group", { name: "Concurrency" });
  await concurrency.getByRole("textbox", { name: "limit" }).fill("2");
  await concurrency.getByLabel("on_limit").selectOption("drop");
  await lookAt(page, "workflow-settings");
  await page.getByRole("button", { name: "Save settings" }).click();
  await expect(page.getByText("Version 1, as it is saved")).toBeVisible();

  const saved = await (await request.get(`/workflows/${id}`)).json();
  expect(saved).toMatchObject({ description: "Sends leads on.", concurrency: { limit: 2, on_limit: "drop" } });
  expect(saved.graph.nodes).toHaveLength(2);

  await page.getByRole("switch", { name: "Active" }).first().click({ force: true });
  await expect(page.getByText("Inactive", { exact: true })).toBeVisible();
  expect((await (await request.get(`/workflows/${id}`)).json()).is_active).toBe(false);
});

test.describe("settings that do not fit", () => {
  test.use({ allowed: [/422/] });

  test("say so at their field", async ({ page, request }) => {
    const id = await save(request, nameOf("Leads"), FAILING);
    await page.goto(`/studio/workflows/${id}?tab=settings`);
    await page.getByRole("switch", { name: "Rate limit" }).click({ force: true });
    const group = page.getByRole("group", { name: "Rate limit" });
    await group.getByRole("textbox", { name: "limit" }).fill("0");
    await group.getByRole("textbox", { name: "period" }).fill("5m");
    await page.getByRole("button", { name: "Save settings" }).click();

    await expect(group).toContainText("rate_limit.limit");
    await expect(page.getByText("Not saved")).toBeVisible();
  });
});

test.describe("two who change settings", () => {
  test.use({ allowed: [/412/] });

  test("both keep what they changed", async ({ page, request }) => {
    const id = await save(request, nameOf("Leads"), FAILING);
    await page.goto(`/studio/workflows/${id}?tab=settings`);
    await page.getByLabel("description").fill("Mine");
    const { name } = await (await request.get(`/workflows/${id}`)).json();
    await request.put(`/workflows/${id}`, { data: { name, debounce: { period: "2s" } } });
    await page.getByRole("button", { name: "Save settings" }).click();

    await expect(page.getByText("They changed: Debounce.")).toBeVisible();
    await page.getByRole("button", { name: "Combine both" }).click();
    await page.getByRole("button", { name: "Save settings" }).click();
    await expect(page.getByText("as it is saved")).toBeVisible();
    expect(await (await request.get(`/workflows/${id}`)).json()).toMatchObject({
      description: "Mine",
      debounce: { period: "2s" },
    });
  });
});

test.describe("a deleted workflow", () => {
  test.use({ allowed: [/404/] });

  test("is gone once its name was typed", async ({ page, request }) => {
    const name = nameOf("Leads");
    const id = await save(request, name, FAILING);
    await page.goto(`/studio/workflows/${id}?tab=settings`);
    await page.getByRole("button", { name: "Delete…" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("button", { name: "Delete" })).toBeDisabled();
    await dialog.getByRole("textbox").fill(name);
    await dialog.getByRole("button", { name: "Delete" }).click();

    await expect(page).toHaveURL(/\/studio\/workflows$/);
    await expect(page.getByText(`Deleted: ${name}.`)).toBeVisible();
    expect((await request.get(`/workflows/${id}`)).status()).toBe(404);
  });
});

test("a workflow is run with a payload", async ({ page, request }) => {
  const id = await save(request, nameOf("Leads"), { nodes: [["start", "start"]], edges: [] });
  await page.goto(`/studio/workflows/${id}`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await page.getByRole("textbox", { name: "Payload" }).fill('{"score": 7}');
  await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();

  await expect(page).toHaveURL(/\/executions\/[0-9a-f-]{36}/);
  const execution = page.url().match(/[0-9a-f-]{36}/)?.[0];
  expect((await (await request.get(`/executions/${execution}`)).json()).context).toEqual({ score: 7 });
});

test("a workflow runs again with the payload of its last event", async ({ page, request }) => {
  const kind = `again-${Date.now()}`;
  const id = await save(request, nameOf("Again"), FAILING);
  const { graph, name } = await (await request.get(`/workflows/${id}`)).json();
  await request.put(`/workflows/${id}`, { data: { name, graph, trigger: { "==": [{ var: "kind" }, kind] } } });
  const number = "12345678901234567890";
  const headers = { "Content-Type": "application/json" };
  await request.post("/events", { headers, data: `{"kind": "${kind}", "number": ${number}}` });
  await page.goto(`/studio/workflows/${id}?tab=executions`);
  await expect(page.locator(".row-link")).toHaveCount(1);

  await page.getByRole("button", { name: "More ways to run it" }).click();
  await page.getByRole("menuitem", { name: /Last event again/ }).click();
  await expect(page).toHaveURL(/\/studio\/executions\//);
  const newest = await (await request.get(`/executions?workflow_id=${id}`)).json();
  expect(newest).toHaveLength(2);
  expect(await (await request.get(`/executions/${newest[0].id}`)).text()).toContain(number);
});

test("on a phone the tabs are one row, and keys bring each into sight", async ({ page, request }) => {
  const id = await save(request, nameOf("Tabs"), FAILING);
  for (const width of [390, 320]) {
    await page.setViewportSize({ width, height: 844 });
    await page.goto(`/studio/workflows/${id}?tab=settings`);
    const tabs = page.getByRole("tab");
    await expect(page.getByRole("tab", { name: "Settings" })).toBeInViewport({ ratio: 0.98 });
    await expect(page.getByRole("tablist")).toHaveAccessibleName("Parts of the workflow");
    const tops = await tabs.evaluateAll((all) => all.map((tab) => tab.getBoundingClientRect().top));
    expect(new Set(tops).size).toBe(1);
    await page.getByRole("tab", { name: "Settings" }).press("Home");
    await expect(page.getByRole("tab", { name: "Graph" })).toBeFocused();
    await expect(page.getByRole("tab", { name: "Graph" })).toBeInViewport({ ratio: 0.98 });
    await page.keyboard.press("End");
    await expect(page.getByRole("tab", { name: "Settings" })).toBeInViewport({ ratio: 0.98 });
    await expect(page).toHaveURL(/tab=settings/);
  }
});
