/** The text of a workflow in the editor: opened, changed by typing, and saved. */

import { expect, type Locator, type Page } from "@playwright/test";

export async function openText(page: Page, id: string, view = "both"): Promise<Locator> {
  await page.goto(`/studio/workflows/${id}?view=${view}`);
  const text = page.getByRole("textbox", { name: /^Definition as/ });
  await expect(text).toBeVisible();
  return text;
}

/** Replace a part of the text by typing. */
export async function replaceText(page: Page, text: Locator, old: string, next: string): Promise<void> {
  // The inspector may cover its right half.
  await text.click({ position: { x: 40, y: 10 } });
  await page.keyboard.press("Control+f");
  await page.getByRole("textbox", { name: "Find" }).pressSequentially(old);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await page.keyboard.insertText(next);
}

export async function saveAndWait(page: Page, version: number): Promise<void> {
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("status").filter({ hasText: `Version ${version}` })).toBeVisible();
}
