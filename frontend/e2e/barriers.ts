/** What axe finds on a page, by the rules of WCAG 2.2 AA and by good practice, such as the order of headings. */

import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect } from "./studio";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** Fail softly with every barrier of the page, and if it is wider than its window. */
export async function expectNoBarrier(page: Page, name = new URL(page.url()).pathname): Promise<void> {
  // Colours are judged once nothing fades in; without this, what runs turns for ever.
  await page.emulateMedia({ reducedMotion: "reduce" });
  await page.waitForFunction(() => document.getAnimations().every((each) => each.playState !== "running"));
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  const found = violations
    .map(({ id, nodes }) => ({ id, targets: nodes.map((node) => node.target.join(" ")) }))
    .map(({ id, targets }) => ({ id, targets: id === "region" ? targets.filter((each) => !isPopup(each)) : targets }))
    .filter(({ targets }) => targets.length > 0)
    .map(({ id, targets }) => `${name}: ${id} ${targets.slice(0, 3)}`);
  expect.soft(found).toEqual([]);
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect.soft(overflow, `${name} is wider than the window`).toBeLessThanOrEqual(0);
}

/** True for the tooltip or the list of a field: it is drawn outside of all landmarks, and its field refers to it. */
function isPopup(target: string): boolean {
  return target.startsWith('div[data-portal="true"]');
}
