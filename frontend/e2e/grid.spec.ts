/** The grid of a workflow: its nodes in the newest executions, walked by keys. */

import { lookAt } from "./look";
import { FAILING, nameOf, save, start } from "./seed";
import { expect, test } from "./studio";

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

test("a grid of many nodes has the rows in sight only", async ({ page, request }) => {
  const ids = Array.from({ length: 320 }, (_, index) => `n${index}`);
  const id = await save(request, nameOf("Long"), {
    nodes: [["start", "start"], ...ids.map((each): [string, string] => [each, "end"])],
    edges: ids.map((each) => `start>${each}`),
  });
  for (const _ of [1, 2]) await start(request, id);
  await page.goto(`/studio/workflows/${id}?tab=executions`);
  const grid = page.getByRole("grid", { name: "Nodes in the newest executions" });
  await expect(grid).toHaveAttribute("aria-rowcount", "322");
  expect(await grid.getByRole("row").count()).toBeLessThan(80);

  await grid.getByRole("link").first().focus();
  await page.keyboard.press("Control+End");
  await expect(grid.locator('[data-place="320 1"]')).toBeFocused();
  await page.keyboard.press("ArrowUp");
  await expect(grid.locator('[data-place="319 1"]')).toBeFocused();
  await page.keyboard.press("Control+Home");
  await expect(grid.locator('[data-place="0 0"]')).toBeFocused();
  await lookAt(page, "long-grid");
});
