/** What surrounds the pages: the breadcrumb, what a missing thing says, and commands where there is nothing yet. */

import { FAILING, save, start } from "./seed";
import { expect, test } from "./studio";

const NOBODY = "00000000-0000-4000-8000-000000000000";

test("the breadcrumb leads back to the list", async ({ page, request }) => {
  const id = await start(request, await save(request, "Crumbs", FAILING));
  await page.goto(`/studio/executions/${id}`);

  const crumbs = page.getByRole("navigation", { name: "Breadcrumb" });
  await expect(crumbs.locator("[aria-current=page]")).toHaveText(`Crumbs ${id.slice(-8)}`);
  await crumbs.getByRole("link", { name: "Executions" }).click();

  await expect(page).toHaveURL(/\/executions$/);
  await expect(crumbs.locator("[aria-current=page]")).toHaveText("Executions");
});

test("an empty list has a command that fills it", async ({ page }) => {
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.goto("/studio/executions?q=nothing+is+called+this");

  const command = page.locator("main pre");
  await expect(command).toContainText(/^curl http.*\/events -d '\{"lead"/);
  await page.getByRole("button", { name: "Copy the command" }).click();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(await command.textContent());
});

test.describe(() => {
  test.use({ allowed: [/404/] });

  for (const [kind, path, list] of [
    ["execution", "executions", "All executions"],
    ["event", "events", "All events"],
    ["workflow", "workflows", "All workflows"],
  ] as const) {
    test(`a missing ${kind} leads to the list`, async ({ page }) => {
      await page.goto(`/studio/${path}/${NOBODY}`);

      await expect(page.getByRole("alert")).toContainText(`No ${kind} with this id.`);
      await expect(page.getByRole("alert")).toContainText("It may have been deleted");
      await page.getByRole("link", { name: list }).click();
      await expect(page).toHaveURL(new RegExp(`/${path}$`));
    });
  }
});
