/** Look at a page in both colour schemes, wide and on a phone. */

import type { Page } from "@playwright/test";
import { expectNoBarrier } from "./barriers";

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
