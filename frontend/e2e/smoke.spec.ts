/** The shortest journey through the studio: every file of it loads, the first run, and a decision in the inbox. */

import { readFileSync } from "node:fs";
import { APPROVAL, save, start } from "./seed";
import { expect, test } from "./studio";

test("every script of the build can be loaded", async ({ page }) => {
  const manifest: Record<string, { file: string }> = JSON.parse(readFileSync("dist/.vite/manifest.json", "utf8"));
  const scripts = Object.values(manifest).flatMap(({ file }) => (file.endsWith(".js") ? [`/studio/${file}`] : []));
  await page.goto("/studio");

  const failed = await page.evaluate(async (urls) => {
    const loaded = await Promise.allSettled(urls.map((url) => import(url)));
    return loaded.flatMap((each, at) => (each.status === "rejected" ? [`${urls[at]}: ${each.reason}`] : []));
  }, scripts);

  expect(scripts.length).toBeGreaterThan(50);
  expect(failed).toEqual([]);
});

test("the first run takes three clicks at most", async ({ page }) => {
  await page.goto("/");
  await expect(page).toHaveURL(/\/studio$/);

  await page.getByRole("button", { name: /^Lead routing/ }).click();
  await page.getByRole("button", { name: "Send test event" }).click();

  await expect(page).toHaveURL(/\/studio\/executions\//);
  await expect(page.getByRole("heading", { name: "Lead routing" })).toBeVisible();
  await expect(page.locator(".react-flow__node", { hasText: "gift" }).locator('[data-pattern="solid"]')).toBeVisible();
  await expect(page.locator(".react-flow__edge")).toHaveCount(6);
  await expect(page.locator(".execution-head")).toContainText("Completed");
});

test("an approval is decided in the inbox, and the execution goes on", async ({ page, request }) => {
  const amount = Date.now();
  const id = await start(request, await save(request, "Expenses", APPROVAL), { amount });
  await page.goto(`/studio/executions/${id}`);
  await expect(page.getByRole("region", { name: "Why it waits" })).toContainText("waits for the approval");

  await page.getByRole("link", { name: "Open in the inbox" }).click();
  await page.getByRole("button", { name: `Expense of ${amount} EUR` }).click();
  await expect(page.getByText("Pay it")).toBeVisible();
  await page.getByLabel("Your name").fill("Ann");
  await page.getByRole("button", { name: "Approve" }).click();

  await expect(page.getByRole("list", { name: "Decisions" })).toContainText("Ann approved");
  await page.getByRole("link", { name: "see the execution" }).click();
  await expect(page.locator(".execution-head")).toContainText("Completed");
});
