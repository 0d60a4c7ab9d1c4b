/** A workflow on a phone: it can be read as a list and as text, and its other pages are a tap away. */

import { expectNoBarrier } from "./barriers";
import { saveDrawn } from "./edited";
import { expect, test } from "./studio";

test.use({ viewport: { width: 390, height: 844 } });

test("a workflow can be read on a phone", async ({ page, request }) => {
  const id = await saveDrawn(request);
  await page.goto(`/studio/workflows/${id}`);
  const rows = page.getByRole("list", { name: "Nodes in run order" });
  await expect(rows.getByRole("button")).toHaveCount(2);
  await expectNoBarrier(page, "reader");
  await page.screenshot({ path: "e2e/shots/reader-light-phone.png" });

  await rows.getByRole("button", { name: /wait/ }).click();
  await expect(page.getByRole("dialog", { name: "wait" })).toContainText("custom");
  await page.getByRole("button", { name: "Close" }).click();

  await page.getByText("Text", { exact: true }).click();
  await expect(page.getByRole("region", { name: "Text of the workflow" })).toContainText('"ms": 5');
  await expect(page).toHaveURL(/view=text/);
  await expectNoBarrier(page, "reader, text");
  await page.screenshot({ path: "e2e/shots/reader-text-light-phone.png" });

  await page.getByRole("link", { name: "Executions" }).last().click();
  await expect(page.getByText("It has not run yet")).toBeVisible();
  await page.goBack();
  await page.getByRole("navigation", { name: "More of this workflow" }).getByRole("link", { name: "Trigger" }).click();
  await expect(page.locator(".rule-editor")).toBeVisible();
});
