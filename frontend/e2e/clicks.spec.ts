/** How many clicks the two most important ways take, as the page itself counts them. */

import type { Page } from "@playwright/test";
import { expect, test } from "./studio";

/** Count the clicks from here on, also across loads of the page. */
async function countClicks(page: Page): Promise<() => number> {
  let clicks = 0;
  await page.exposeFunction("noteClick", () => {
    clicks += 1;
  });
  await page.addInitScript(() => {
    addEventListener("click", () => (window as unknown as { noteClick: () => void }).noteClick(), { capture: true });
  });
  return () => clicks;
}

test("an example runs to its end within three clicks", async ({ page }) => {
  const clicks = await countClicks(page);
  await page.goto("/");
  await page.getByRole("button", { name: /^Lead routing/ }).click();
  await page.getByRole("button", { name: "Send test event" }).click();

  await expect(page.locator(".execution-head")).toContainText("Completed");
  expect(clicks()).toBeGreaterThan(0);
  expect(clicks()).toBeLessThanOrEqual(3);
});

test("from an event that started nothing to the failing clause are two clicks", async ({ page, request }) => {
  const { event_id } = await (
    await request.post("/events", { data: { lead: { source: "LinkedIn", score: 62 } } })
  ).json();
  const clicks = await countClicks(page);
  await page.goto("/studio/events");
  await page.locator(`a.row-link[href*="${event_id}"]`).click();
  await page.getByRole("link", { name: "Lead routing" }).first().click();

  await expect(page.getByRole("treeitem", { name: /lead.score was 62/ })).toContainText("stopped here");
  expect(clicks()).toBe(2);
});
