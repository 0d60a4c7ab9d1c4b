/** The lists of the studio: their filters, what is done to chosen rows, and the overview. */

import type { APIRequestContext } from "@playwright/test";
import { lookAt } from "./look";
import { APPROVAL, type Drawn, FAILING, nameOf, save, start } from "./seed";
import { expect, test } from "./studio";

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
  const place = await rows.first().boundingBox();
  await start(request, workflow);
  await start(request, workflow);

  const bar = page.getByRole("button", { name: "2 new · show" });
  await expect(bar).toBeVisible();
  expect(await rows.first().boundingBox()).toEqual(place);
  await bar.click();
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
  await page.getByRole("button", { name: "New workflow" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "New workflow", exact: true })).toBeVisible();
  await page.goBack();
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
