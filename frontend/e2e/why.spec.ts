/** From an event that started nothing to the clause that failed, in two clicks, and back to a start. */

import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "./studio";

const LEAD = { source: "LinkedIn", score: 70, title: "CEO" };

test("an event that started nothing is explained, tried and started", async ({ page, request }) => {
  const { event_id } = await (await request.post("/events", { data: { lead: LEAD } })).json();

  await page.goto(`/studio/events/${event_id}`);
  await page.getByRole("link", { name: "Lead routing" }).click();

  await expect(page).toHaveURL(new RegExp(`/events/${event_id}/why/`));
  const stop = page.getByRole("treeitem", { name: /lead.score was 70/ });
  await expect(stop).toContainText("stopped here");
  await expect(page.getByText("It did not start because", { exact: false })).toBeVisible();

  await page.getByRole("button", { name: "Try" }).first().click();
  await expect(page.getByRole("status").filter({ hasText: "It would start" })).toBeVisible();
  await expect(page.getByRole("treeitem", { name: /lead.score was 76/ })).toBeVisible();

  await page.getByRole("button", { name: "Send the changed event…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Send event" }).click();
  await expect(page.getByRole("status").filter({ hasText: /It started \d+/ })).toBeVisible();
});

test("an event that did not match is started by hand, once", async ({ page, request }) => {
  const { event_id } = await (await request.post("/events", { data: { lead: { ...LEAD, score: 71 } } })).json();

  await page.goto(`/studio/events/${event_id}`);
  await page.getByRole("link", { name: "Lead routing" }).click();
  await page.getByRole("button", { name: "Start it anyway…" }).click();
  await page.getByRole("button", { name: "Start it", exact: true }).click();
  await page.getByRole("link", { name: "Started: open the execution" }).click();

  await expect(page).toHaveURL(/\/executions\//);
});

test("a rule is walked with the keyboard", async ({ page, request }) => {
  const { event_id } = await (await request.post("/events", { data: { lead: { ...LEAD, score: 72 } } })).json();
  const workflows = await (await request.get("/workflows?limit=200")).json();
  const { id } = workflows.find((each: { name: string }) => each.name === "Lead routing");

  await page.goto(`/studio/events/${event_id}/why/${id}`);
  const stop = page.getByRole("treeitem", { name: /lead.score was 72/ });
  await stop.focus();
  await page.keyboard.press("Home");
  await expect(page.getByRole("treeitem", { name: /all of these must hold/ })).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(stop).toBeHidden();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("End");
  await expect(stop).toBeFocused();
});

for (const scheme of ["light", "dark"] as const) {
  for (const width of [1440, 390]) {
    test(`pages of events have no barrier: ${scheme}, ${width} px`, async ({ page, request }) => {
      const { event_id } = await (await request.post("/events", { data: { lead: { ...LEAD, score: 60 } } })).json();
      const workflows = await (await request.get("/workflows?limit=200")).json();
      const { id } = workflows.find((each: { name: string }) => each.name === "Lead routing");
      await page.emulateMedia({ colorScheme: scheme });
      await page.setViewportSize({ width, height: 900 });
      for (const path of ["events", "events?set=near", `events/${event_id}`, `events/${event_id}/why/${id}`]) {
        await page.goto(`/studio/${path}`);
        await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
        await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
        const { violations } = await new AxeBuilder({ page })
          .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
          .analyze();
        const serious = violations.filter((each) => each.impact === "serious" || each.impact === "critical");
        expect(serious.map((each) => `${path}: ${each.id} ${each.nodes[0]?.html}`)).toEqual([]);
      }
    });
  }
}
