/** The lists of the studio, and the tabs of a workflow. */

import AxeBuilder from "@axe-core/playwright";
import type { APIRequestContext, Page } from "@playwright/test";
import { APPROVAL, type Drawn, FAILING, save, start } from "./seed";
import { expect, test } from "./studio";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** A name that no other test has used. */
function nameOf(word: string): string {
  return `${word} ${Date.now().toString(36)}${Math.floor(Math.random() * 1000)}`;
}

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

async function expectNoBarrier(page: Page, title: string): Promise<void> {
  await page.waitForFunction(() => document.getAnimations().every((each) => each.playState !== "running"));
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  expect(violations.map((each) => `${title}: ${each.id} ${each.nodes.map((node) => node.html).slice(0, 3)}`)).toEqual(
    [],
  );
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow, `${title} is wider than the window`).toBeLessThanOrEqual(0);
}

/** Look at a page in both colour schemes, wide and on a phone. */
async function lookAt(page: Page, title: string): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    for (const [name, width] of Object.entries({ wide: 1440, phone: 390 })) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 900 });
      await expectNoBarrier(page, `${title}, ${scheme}, ${name}`);
      await page.screenshot({ path: `e2e/shots/${title}-${scheme}-${name}.png` });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
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
  await page.getByRole("button", { name: "Start" }).click();

  await expect(page).toHaveURL(/\/executions\/[0-9a-f-]{36}/);
  const execution = page.url().match(/[0-9a-f-]{36}/)?.[0];
  expect((await (await request.get(`/executions/${execution}`)).json()).context).toEqual({ score: 7 });
});

/** Failed executions of a new workflow, and some that wait; the newest last. */
async function startSome(request: APIRequestContext, name: string): Promise<string[]> {
  const failing = await save(request, `${name} fails`, FAILING);
  const waiting = await save(request, `${name} waits`, APPROVAL);
  const ids = [await start(request, failing), await start(request, waiting), await start(request, failing)];
  for (const id of [ids[0], ids[2]]) {
    await expect.poll(async () => (await (await request.get(`/executions/${id}`)).json()).status).toBe("FAILED");
  }
  return ids;
}

test("executions are narrowed by status, text and time", async ({ page, request }) => {
  const name = nameOf("Narrow");
  const ids = await startSome(request, name);
  await page.goto("/studio/executions");
  await page.getByRole("textbox", { name: "Workflow, or id" }).fill(name.toUpperCase());
  const rows = page.getByRole("table", { name: "Executions" }).locator("tbody tr");
  await expect(rows).toHaveCount(3);
  await expect(page.getByRole("button", { name: /^Failed/ })).toHaveText("Failed 2");
  await page.getByRole("button", { name: /^Failed/ }).click();
  await expect(rows).toHaveCount(2);
  await page.getByRole("button", { name: /^Running/ }).click();
  await expect(rows).toHaveCount(3);
  await expect(page).toHaveURL(/status=RUNNING%2CFAILED/);
  await page.getByLabel("Time", { exact: true }).selectOption("hour");
  await expect(page).toHaveURL(/range=hour/);
  await expect(rows).toHaveCount(3);
  await page.reload();
  await expect(rows).toHaveCount(3);

  await page.getByLabel("Time", { exact: true }).selectOption("between");
  await page.getByLabel("To", { exact: true }).fill("2026-01-01T00:00");
  await expect(page.getByRole("heading", { name: "No execution is like this" })).toBeVisible();
  await page.getByRole("button", { name: "Show all", exact: true }).click();
  await page.getByRole("textbox", { name: "Workflow, or id" }).fill(ids[1] ?? "");
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText(`${name} waits`);
});

test("chosen executions are compared, retried and cancelled", async ({ page, request }) => {
  const name = nameOf("Choose");
  const ids = await startSome(request, name);
  await page.goto(`/studio/executions?q=${encodeURIComponent(name)}`);
  const rows = page.getByRole("table", { name: "Executions" }).locator("tbody tr");
  await expect(rows).toHaveCount(3);
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  const bar = page.getByRole("toolbar", { name: "Chosen executions" });
  await expect(bar).toContainText("2 chosen");
  await lookAt(page, "executions-chosen");
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  await expect(bar.getByRole("button", { name: "Compare" })).toBeDisabled();
  await bar.getByRole("button", { name: "Cancel 1" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel 1 execution" }).click();
  await expect(page.getByText("1 cancelled.")).toBeVisible();
  expect((await (await request.get(`/executions/${ids[1]}`)).json()).status).toBe("CANCELLED");

  await rows.nth(0).getByRole("checkbox").check();
  await rows.nth(2).getByRole("checkbox").check();
  await bar.getByRole("button", { name: "Compare" }).click();
  await expect(page).toHaveURL(new RegExp(`/compare\\?a=${ids[0]}&b=${ids[2]}`));
});

test("new executions wait while somebody chooses", async ({ page, request }) => {
  const name = nameOf("Hold");
  const workflow = await save(request, name, FAILING);
  await start(request, workflow);
  await page.goto(`/studio/executions?q=${encodeURIComponent(name)}`);
  const rows = page.getByRole("table", { name: "Executions" }).locator("tbody tr");
  await expect(rows).toHaveCount(1);
  await rows.first().getByRole("checkbox").check();
  await page.mouse.move(0, 0);
  await start(request, workflow);
  await start(request, workflow);

  await page.getByRole("button", { name: "2 new · show" }).click();
  await expect(rows).toHaveCount(3);
});

test("the overview has the last hour, and what needs somebody", async ({ page, request }) => {
  const name = nameOf("Hour");
  await startSome(request, name);
  await request.post("/events", { data: { order: { id: name } } });
  await page.goto("/studio/");
  const hour = page.getByRole("region", { name: "The last hour" });
  await expect(hour.getByRole("link")).toHaveCount(4);
  await expect(hour.getByRole("img", { name: /Executions failed in each part/ })).toBeVisible();
  await expect(page.getByRole("table", { name: "Failed in the last 24 hours" })).toContainText(`${name} fails`);
  await expect(page.getByRole("table", { name: "Running now" })).toContainText(`${name} waits`);
  await lookAt(page, "overview");
  await hour.getByRole("link", { name: /Executions started/ }).click();
  await expect(page).toHaveURL(/executions\?range=hour/);
});

test("workflows are narrowed by name, state and failures", async ({ page, request }) => {
  const name = nameOf("Flow");
  await startSome(request, name);
  const off = await save(request, `${name} off`, FAILING);
  const { graph } = await (await request.get(`/workflows/${off}`)).json();
  await request.put(`/workflows/${off}`, { data: { name: `${name} off`, graph, is_active: false } });
  await page.goto("/studio/workflows");
  await page.getByRole("textbox", { name: "Filter by name" }).fill(name);
  const rows = page.getByRole("table", { name: "Workflows" }).locator("tbody tr");
  await expect(rows).toHaveCount(3);
  await page.getByRole("button", { name: "Failing" }).click();
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText(`${name} fails`);
  await page.getByRole("button", { name: "Failing" }).click();
  await page.getByLabel("Active", { exact: true }).selectOption("no");
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toHaveAttribute("data-dim", "true");
  await expect(page).toHaveURL(/active=no/);
  await page.getByLabel("Active", { exact: true }).selectOption("");
  await expect(rows).toHaveCount(3);
  await lookAt(page, "workflows");
});

test("events are found by a value, a text, and their outcome", async ({ page, request }) => {
  const id = nameOf("order").replace(" ", "-");
  await request.post("/events", { data: { order: { id, total: 12.5 }, note: "Grüße" } });
  await page.goto("/studio/events");
  await page.getByRole("textbox", { name: "path = value" }).fill(`order.id = ${id}`);
  const rows = page.getByRole("table", { name: "Events" }).locator("tbody tr");
  await expect(rows).toHaveCount(1);
  await expect(page).toHaveURL(/path=order\.id/);
  await page.getByRole("radiogroup").getByText("Started nothing", { exact: true }).click();
  await expect(rows).toHaveCount(1);
  await page.getByRole("textbox", { name: "Text in the payload" }).fill("GRÜSSE");
  await expect(page.getByRole("heading", { name: "No event is like this" })).toBeVisible();
  await page.getByRole("textbox", { name: "Text in the payload" }).fill("grüße");
  await expect(rows).toHaveCount(1);
  await lookAt(page, "events");
  await page.getByRole("button", { name: "Show all", exact: true }).click();
  await expect(page.getByRole("textbox", { name: "path = value" })).toHaveValue("");
});

test("approvals that end soon are listed apart", async ({ page, request }) => {
  const soon: Drawn = {
    ...APPROVAL,
    nodes: APPROVAL.nodes.map(([id, type, data]) =>
      id === "manager" ? [id, type, { ...data, title: "Soon {{ amount }}", max_wait_time: "2h" }] : [id, type, data],
    ),
  };
  const amount = Date.now();
  await start(request, await save(request, nameOf("Soon"), soon), { amount });
  await start(request, await save(request, nameOf("Later"), APPROVAL), { amount });
  await page.goto("/studio/approvals");
  await page.getByText(/^Overdue soon/).click();
  await expect(page).toHaveURL(/state=soon/);
  await expect(page.getByRole("button", { name: new RegExp(`Soon ${amount}`) })).toBeVisible();
  await expect(page.getByRole("button", { name: new RegExp(`Expense of ${amount}`) })).toHaveCount(0);
  await lookAt(page, "approvals-soon");
});

test("all that match are cancelled, once they were counted", async ({ page, request }) => {
  const name = nameOf("Bulk");
  const workflow = await save(request, name, APPROVAL);
  const ids = [await start(request, workflow, { amount: 1 }), await start(request, workflow, { amount: 2 })];
  await page.goto(`/studio/executions?q=${encodeURIComponent(name)}`);
  await page.getByRole("button", { name: "All that match…" }).click();
  await page.getByRole("menuitem", { name: "Cancel all that match…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("2 that have not ended");
  const later = await start(request, workflow, { amount: 3 });
  await dialog.getByRole("button", { name: "Cancel 2" }).click();

  await expect(page.getByText("2 cancelled.")).toBeVisible();
  for (const id of ids) expect((await (await request.get(`/executions/${id}`)).json()).status).toBe("CANCELLED");
  expect((await (await request.get(`/executions/${later}`)).json()).status).not.toBe("CANCELLED");
});

test("the grid of a workflow is walked by keys", async ({ page, request }) => {
  const workflow = await save(request, nameOf("Grid"), FAILING);
  for (const id of [await start(request, workflow), await start(request, workflow)]) {
    await expect.poll(async () => (await (await request.get(`/executions/${id}`)).json()).status).toBe("FAILED");
  }
  await page.goto(`/studio/workflows/${workflow}?tab=executions`);
  const grid = page.getByRole("grid", { name: "Nodes in the newest executions" });
  await expect(grid.getByRole("row")).toHaveCount(3);
  await expect(grid.getByRole("link", { name: /Publish.*: Failed/ })).toHaveCount(2);
  await lookAt(page, "grid");
  await grid.getByRole("link", { name: "start: Completed" }).last().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/node=call/);
  await expect(page.locator(".step-values").first()).toBeVisible();
});
