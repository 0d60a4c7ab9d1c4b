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
