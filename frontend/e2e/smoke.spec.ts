/** The shortest journey: an event is sent, and its execution is seen in the list. */

import { expect, test } from "./studio";

test("an event is followed to its execution", async ({ page, request }) => {
  const lead = { lead: { source: "LinkedIn", score: 90, title: "CEO" } };
  const answer = await (await request.post("/events", { data: lead })).json();

  await page.goto("/");
  await expect(page).toHaveURL(/\/studio$/);
  await page.getByRole("link", { name: "Executions" }).click();
  const row = page.getByRole("row", { name: /Lead routing/ }).first();

  expect(answer.matched).toBe(1);
  await expect(row).toContainText("Completed");
});
