/** Drafts: nothing is lost, and nobody is overwritten. */

import type { APIRequestContext, Page } from "@playwright/test";
import { GRAPH, openEditor, saveDrawn } from "./edited";
import { expect, test } from "./studio";

test("a tab that is killed loses nothing", async ({ page, request, context }) => {
  const id = await saveDrawn(request);
  await openEditor(page, id);
  await page.locator('.react-flow__node[data-id="wait"]').click();
  await page.getByLabel("ms", { exact: false }).first().fill("11");
  await expect(page.getByRole("status").filter({ hasText: "kept in this browser" })).toBeVisible();
  await page.close({ runBeforeUnload: false });

  const again = await context.newPage();
  await again.goto(`/studio/workflows/${id}`);
  await again.getByRole("button", { name: "Compare" }).click();
  const lines = again.getByRole("region", { name: "Differences of the draft from what is saved" });
  await expect(lines.locator('[data-mark="removed"]')).toContainText('"ms": 5');
  await expect(lines.locator('[data-mark="added"]')).toContainText('"ms": 11');
  await again.screenshot({ path: "e2e/shots/draft-found.png" });
  await again.getByRole("button", { name: "Continue" }).click();
  await again.locator('.react-flow__node[data-id="wait"]').click();
  await expect(again.getByLabel("ms", { exact: false }).first()).toHaveValue("11");
});

test.describe("when somebody else has saved", () => {
  test.use({ allowed: [/412/] });

  test("both saves are combined", async ({ page, request }) => {
    const id = await saveDrawn(request);
    await openEditor(page, id);
    await page.locator('.react-flow__node[data-id="wait"]').click();
    await page.getByLabel("ms", { exact: false }).first().fill("12");
    const theirs = { name: "Renamed", trigger: { "==": [1, 2] }, graph: GRAPH };
    await request.put(`/workflows/${id}`, { data: theirs });

    await page.getByRole("button", { name: "Save" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog).toContainText("so both can be kept");
    await dialog.getByRole("button", { name: "Combine both" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByRole("status").filter({ hasText: /^Version/ })).toBeVisible();

    const saved = await (await request.get(`/workflows/${id}`)).json();
    expect(saved.name).toBe("Renamed");
    expect(saved.graph.nodes[1].data.ms).toBe(12);
  });

  test("each clash is chosen by hand", async ({ page, request }) => {
    const { id, dialog } = await clash(page, request);
    await expect(dialog.getByRole("region", { name: "node wait" })).toContainText(
      /data\.ms\s*Before\s*5\s*Theirs\s*6\s*Mine\s*12/,
    );
    await expect(dialog.getByRole("region", { name: "node end" })).toContainText("Added by them");
    const combine = dialog.getByRole("button", { name: "Combine both" });
    await expect(combine).toBeDisabled();
    await expect(dialog.getByRole("status")).toHaveText("1 to choose before both can be combined.");
    await dialog.getByRole("button", { name: "Theirs", exact: true }).click();
    await combine.click();

    await expect(page.locator('.react-flow__node[data-id="end"]')).toBeVisible();
    await expect(page.getByLabel("ms", { exact: false }).first()).toHaveValue("6");
    const { version } = await (await request.get(`/workflows/${id}`)).json();
    expect(version).toBe(2);
  });

  test("mine is saved as a copy that no event starts", async ({ page, request }) => {
    const { id, dialog, name } = await clash(page, request);
    await dialog.getByRole("button", { name: "Save mine as a copy" }).click();

    await expect(page.getByRole("heading", { level: 1 })).toContainText(`${name} (copy)`);
    const copy = await (await request.get(`/workflows/${new URL(page.url()).pathname.split("/").pop()}`)).json();
    expect([copy.is_active, copy.graph.nodes[1].data.ms]).toEqual([false, 12]);
    await openEditor(page, id);
    await expect(page.getByRole("button", { name: "Continue" })).toHaveCount(0);
  });

  test("theirs is taken, and the draft can be continued later", async ({ page, request }) => {
    const { id, dialog } = await clash(page, request);
    await dialog.getByRole("button", { name: "Take theirs (my draft is kept)" }).click();
    await expect(page.locator('.react-flow__node[data-id="end"]')).toBeVisible();
    await expect(page.getByRole("button", { name: "Save", exact: true })).toBeDisabled();

    await page.goto(`/studio/workflows/${id}`);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.locator('.react-flow__node[data-id="wait"]').click();
    await expect(page.getByLabel("ms", { exact: false }).first()).toHaveValue("12");
  });
});

test("a save of somebody else is shown before a save is tried", async ({ page, request }) => {
  const id = await saveDrawn(request);
  await openEditor(page, id);
  const theirs = structuredClone(GRAPH);
  theirs.nodes[1] = { ...theirs.nodes[1], data: { ms: 6 } } as never;
  const { name } = await (await request.get(`/workflows/${id}`)).json();
  await request.put(`/workflows/${id}`, { data: { name, trigger: { "==": [1, 2] }, graph: theirs } });

  await expect(page.getByText("Somebody else saved version 2.")).toBeVisible({ timeout: 40_000 });
  await page.locator('.react-flow__node[data-id="wait"]').click();
  await expect(page.getByLabel("ms", { exact: false }).first()).toHaveValue("6");
  const link = page.getByRole("link", { name: "See what changed" });
  await expect(link).toHaveAttribute("href", /tab=versions&a=1&b=2/);
  await page.screenshot({ path: "e2e/shots/saved-by-others.png" });

  await page.getByLabel("ms", { exact: false }).first().fill("7");
  await page.getByRole("button", { name: "Edit the name" }).click();
  await page.getByRole("textbox", { name: "Name", exact: true }).fill(`${name} again`);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1 })).toContainText(`${name} again`);
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByRole("status").filter({ hasText: "Version 3" })).toBeVisible();
  const saved = await (await request.get(`/workflows/${id}`)).json();
  expect([saved.name, saved.graph.nodes[1].data.ms]).toEqual([`${name} again`, 7]);
});

test("looking at a workflow writes nothing", async ({ page, request }) => {
  const id = await saveDrawn(request, { graph: { nodes: [{ id: "a", type: "start" }], edges: [] } });
  const written: string[] = [];
  page.on("request", (each) => {
    if (each.method() !== "GET" && !each.url().includes("/compile")) written.push(each.url());
  });
  await openEditor(page, id);
  await page.locator(".react-flow__node").click();

  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
  expect(written).toEqual([]);
});

/** Change a node that somebody else changes too, who also adds one, and save. */
async function clash(page: Page, request: APIRequestContext) {
  const id = await saveDrawn(request);
  await openEditor(page, id);
  await page.locator('.react-flow__node[data-id="wait"]').click();
  await page.getByLabel("ms", { exact: false }).first().fill("12");
  const theirs = structuredClone(GRAPH) as { nodes: object[]; edges: object[] };
  theirs.nodes[1] = { ...theirs.nodes[1], data: { ...GRAPH.nodes[1]?.data, ms: 6 } };
  theirs.nodes.push({ id: "end", type: "end", position: { x: 560, y: 0 } });
  const { name } = await (await request.get(`/workflows/${id}`)).json();
  await request.put(`/workflows/${id}`, { data: { name, trigger: { "==": [1, 2] }, graph: theirs } });
  await page.getByRole("button", { name: "Save", exact: true }).click();
  return { id, name, dialog: page.getByRole("dialog") };
}
