/** Test executions in the list of executions. */

import { lookAt } from "./look";
import { FAILING, nameOf, save, start } from "./seed";
import { expect, test } from "./studio";

test("tests are hidden, listed with all others, or alone", async ({ page, request }) => {
  const name = nameOf("Tried");
  const id = await save(request, name, FAILING);
  await start(request, id);
  await request.post(`/workflows/${id}/test`, { data: { payload: {} } });
  await page.goto(`/studio/executions?q=${encodeURIComponent(name)}`);
  const rows = page.getByRole("table", { name: "Executions" }).locator("tbody tr");
  const tests = page.getByRole("combobox", { name: "Tests" });
  await expect(rows).toHaveCount(1);

  await tests.selectOption("With tests");
  await expect(rows).toHaveCount(2);
  await expect(rows.getByText("Test", { exact: true })).toHaveCount(1);
  await expect(page.getByRole("button", { name: /^Failed 2$/ })).toBeVisible();
  await lookAt(page, "tests");
  await tests.selectOption("Only tests");
  await expect(rows).toHaveCount(1);
  await expect(page).toHaveURL(/tests=only/);
  await page.reload();
  await expect(rows.first()).toContainText("Test");
  await page.getByRole("button", { name: "Show all", exact: true }).click();
  await expect(tests).toHaveValue("");
});
