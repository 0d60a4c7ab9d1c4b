/** Questions about what would have been: a backtest and what it starts, a fork and how it differs. */

import type { APIRequestContext } from "@playwright/test";
import { expectNoBarrier } from "./barriers";
import { expect, test } from "./studio";

let number = 0;

/** A workflow that takes scores above 75 of a source of its own, and the events of that source. */
async function scene(request: APIRequestContext): Promise<{ id: string; source: string }> {
  number += 1;
  const source = `what-if ${Date.now()} ${number}`;
  const trigger = { and: [{ "==": [{ var: "source" }, source] }, { ">": [{ var: "score" }, 75] }] };
  const cases = [
    { label: "large", condition: { ">": [{ var: "score" }, 85] } },
    { label: "small", else: true },
  ];
  const graph = {
    nodes: [
      { id: "start", type: "start" },
      { id: "route", type: "branch", data: { cases } },
      { id: "tell", type: "send_notification", data: { to: "AE", message: "A large one." } },
      { id: "note", type: "transform", data: { value: "small" } },
    ],
    edges: [
      { id: "1", source: "start", target: "route" },
      { id: "2", source: "route", target: "tell", sourceHandle: "large" },
      { id: "3", source: "route", target: "note", sourceHandle: "small" },
    ],
  };
  const { id } = await (await request.post("/workflows", { data: { name: source, trigger, graph } })).json();
  for (const score of [80, 90, 70, 65, 50]) await request.post("/events", { data: { source, score } });
  return { id, source };
}

/** The rule of a scene with another limit. */
function ruleOf(source: string, limit: number): string {
  return JSON.stringify({ and: [{ "==": [{ var: "source" }, source] }, { ">": [{ var: "score" }, limit] }] });
}

async function completed(request: APIRequestContext, workflowId: string): Promise<string> {
  const list = `/executions?workflow_id=${workflowId}&status=COMPLETED`;
  await expect.poll(async () => (await (await request.get(list)).json()).length).toBe(2);
  const rows = await (await request.get(list)).json();
  return rows.find((row: { context: { score: number } }) => row.context.score === 80).id;
}

test("a rule is tried on the past, and what it missed is started once", async ({ page, request }) => {
  const { id, source } = await scene(request);
  await page.goto(`/studio/workflows/${id}/backtest`);
  await expect(page.getByRole("treeitem", { name: "score is more than 75" })).toBeVisible();
  await page.getByText("Text", { exact: true }).click();
  await page.getByLabel("Rule as JSON").fill(ruleOf(source, 60));
  await page.getByRole("button", { name: "Run" }).click();
  await expect(page.getByRole("button", { name: /Newly matched\s*2/ })).toHaveAttribute("aria-pressed", "true");
  await expect(page.getByRole("button", { name: /Matched by both\s*2/ })).toBeVisible();
  await expect(page.getByRole("link", { name: /score 70/ })).toBeVisible();
  await page.getByRole("button", { name: "Show as table" }).click();
  await expect(page.getByRole("columnheader", { name: "Newly matched" })).toBeVisible();

  await page.getByRole("button", { name: "Start what was missed…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("status")).toContainText("2 events would be given to it");
  await expect(dialog.getByRole("button", { name: "Start 2 executions" })).toBeDisabled();
  await dialog.getByLabel("Type 2 to confirm").fill("2");
  await dialog.getByRole("button", { name: "Start 2 executions" }).click();
  await expect(dialog.getByRole("status")).toContainText("2 events given to the workflow");

  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Start what was missed…" }).click();
  await expect(dialog.getByRole("status")).toContainText("0 events would be given to it");
  const rows = await (await request.get(`/executions?workflow_id=${id}`)).json();
  expect(rows.length).toBe(4);

  await page.goto(`/studio/executions/${rows[0].id}`);
  await page.getByRole("link", { name: "backtest", exact: true }).click();
  await expect(page.getByRole("button", { name: /Newly matched\s*2/ })).toBeVisible();
});

test.describe("a rule that is refused", () => {
  test.use({ allowed: [/422/] });
  test("is explained at its field", async ({ page }) => {
    await page.goto("/studio/backtest");
    await page.getByText("Text", { exact: true }).click();
    await page.getByLabel("Rule as JSON").fill('{"foo": 1}');
    await page.getByRole("button", { name: "Run" }).click();
    await expect(page.getByText("The operator 'foo' is not known", { exact: false })).toBeVisible();
  });
});

test("an execution is forked with another payload and compared", async ({ page, request }) => {
  const { id } = await scene(request);
  const original = await completed(request, id);
  await page.goto(`/studio/executions/${original}?node=route`);
  await page.getByRole("button", { name: "Fork from here…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog.getByRole("region", { name: "What will happen" })).toContainText("note");

  const payload = dialog.getByLabel("Payload of the fork");
  await payload.fill((await payload.inputValue()).replace("80", "99"));
  await expect(dialog.getByRole("tab", { name: "Payload (changed)" })).toBeVisible();
  await dialog.getByRole("button", { name: /^Fork \(/ }).click();
  await expect(page).not.toHaveURL(new RegExp(original));

  await page.getByRole("link", { name: "Compare with original" }).click();
  await expect(page.getByText(/until route, where/)).toBeVisible();
  const table = page.getByRole("table", { name: "Nodes of both executions" });
  await expect(table.getByRole("row", { name: /^tell/ })).toContainText("SkippedCompleted");

  await page.goto(`/studio/compare?a=${original}&b=${original}`);
  await expect(page.getByText("Every node ended in the same way", { exact: false })).toBeVisible();
  await page.getByRole("switch", { name: "Only differences" }).click();
  await expect(table.getByRole("row", { name: /^start/ })).toBeVisible();
});

test("an effect is repeated only after it was agreed to", async ({ page, request }) => {
  const { id } = await scene(request);
  await completed(request, id);
  const rows = await (await request.get(`/executions?workflow_id=${id}`)).json();
  const large = rows.find((row: { context: { score: number } }) => row.context.score === 90).id;
  await page.goto(`/studio/executions/${large}?node=tell`);
  await page.getByRole("button", { name: "Fork from here…" }).click();
  const dialog = page.getByRole("dialog");
  const fork = dialog.getByRole("button", { name: "Fork (1 step runs)" });

  await expect(dialog.getByText("Effects outside are repeated")).toBeVisible();
  await expect(fork).toBeDisabled();
  await dialog.getByLabel("Repeat these effects").check();
  await fork.click();

  await expect(page.getByText("fork of")).toBeVisible();
});

for (const scheme of ["light", "dark"] as const) {
  test(`pages about what would have been have no barrier: ${scheme}`, async ({ page, request }) => {
    const { id, source } = await scene(request);
    const a = await completed(request, id);
    const rows = await (await request.get(`/executions?workflow_id=${id}`)).json();
    const b = rows.find((row: { id: string }) => row.id !== a).id;
    await page.emulateMedia({ colorScheme: scheme });

    await page.goto(`/studio/workflows/${id}/backtest`);
    await page.getByText("Text", { exact: true }).click();
    await page.getByLabel("Rule as JSON").fill(ruleOf(source, 85));
    await page.getByRole("button", { name: "Run" }).click();
    await expect(page.getByText("this rule would lose 1 event", { exact: false })).toBeVisible();
    await expectNoBarrier(page);
    await page.getByRole("button", { name: "Start what was missed…" }).click();
    await expect(page.getByRole("dialog").getByRole("status")).toBeVisible();
    await expectNoBarrier(page);

    await page.goto(`/studio/compare?a=${a}&b=${b}`);
    await expect(page.getByText(/They went/)).toBeVisible();
    await expectNoBarrier(page);

    await page.goto(`/studio/executions/${b}?node=tell`);
    await page.getByRole("button", { name: "Fork from here…" }).click();
    await expect(page.getByText("Effects outside are repeated")).toBeVisible();
    await expectNoBarrier(page);
  });
}
