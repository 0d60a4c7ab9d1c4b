/** Drafts: nothing is lost, and nobody is overwritten. */

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
