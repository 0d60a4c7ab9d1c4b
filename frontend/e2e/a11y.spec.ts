/** Axe on every page, in both colour schemes, wide and on a phone; each page is written to e2e/shots for a look. */

import { AxeBuilder } from "@axe-core/playwright";
import { APPROVAL, approvalOf, FAILING, save, start } from "./seed";
import { expect, test } from "./studio";

const WIDTHS = { wide: 1440, phone: 390 };
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

test.setTimeout(300_000);

for (const scheme of ["light", "dark"] as const) {
  for (const [name, width] of Object.entries(WIDTHS)) {
    test(`pages are accessible: ${scheme}, ${name}`, async ({ page, request }) => {
      const waiting = await start(request, await save(request, "Expenses", APPROVAL), { amount: 1200 });
      const failed = await start(request, await save(request, "Publishing", FAILING));
      const approval = await approvalOf(request, waiting);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 900 });
      const pages: Record<string, [path: string, ready: string]> = {
        overview: ["/", ".tile"],
        workflows: ["/workflows", ".row-link"],
        executions: ["/executions", ".row-link"],
        "executions-empty": ["/executions?status=CANCELLED", "h2"],
        graph: [`/executions/${waiting}`, width > 600 ? ".box" : ".outline-row"],
        step: [`/executions/${failed}?node=call`, ".step-values"],
        timeline: [`/executions/${waiting}?tab=timeline`, ".bar"],
        steps: [`/executions/${waiting}?tab=steps`, ".step-row"],
        approvals: ["/approvals", ".inbox-list"],
        approval: [`/approvals?id=${approval.id}`, ".approval-facts"],
        system: ["/system", ".figure"],
        missing: ["/nothing", "h1"],
      };
      for (const [title, [path, ready]] of Object.entries(pages)) {
        await page.goto(`/studio${path}`);
        await page.locator(ready).first().waitFor();
        await page.screenshot({ path: `e2e/shots/${title}-${scheme}-${name}.png` });
        const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
        const found = violations.map(
          (each) => `${title}: ${each.id} ${each.nodes.map((node) => node.target.join(" ")).slice(0, 3)}`,
        );
        expect.soft(found).toEqual([]);
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect.soft(overflow, `${title} is wider than the window`).toBeLessThanOrEqual(0);
      }
    });
  }
}
