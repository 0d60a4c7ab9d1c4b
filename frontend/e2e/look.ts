/** Look at a page in both colour schemes, wide and on a phone. */

import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect } from "./studio";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

async function expectNoBarrier(page: Page, title: string): Promise<void> {
  await page.waitForFunction(() => document.getAnimations().every((each) => each.playState !== "running"));
  const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
  expect(violations.map((each) => `${title}: ${each.id} ${each.nodes.map((node) => node.html).slice(0, 3)}`)).toEqual(
    [],
  );
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow, `${title} is wider than the window`).toBeLessThanOrEqual(0);
}

/** Look at a page in both colour schemes, wide and on a phone. */
export async function lookAt(page: Page, title: string): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    for (const [name, width] of Object.entries({ wide: 1440, phone: 390 })) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 900 });
      await expectNoBarrier(page, `${title}, ${scheme}, ${name}`);
      await page.screenshot({ path: `e2e/shots/${title}-${scheme}-${name}.png` });
    }
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}
