/** The test of this folder: a page that fails on any error or warning in its console, and on any request that fails. */

import { test as base, expect, type Page } from "@playwright/test";

export { expect };

export const test = base.extend<{ page: Page; allowed: RegExp[] }>({
  /** Messages of the console that a test expects, such as those of a refused request. */
  allowed: [[], { option: true }],
  page: async ({ page, allowed }, use) => {
    const seen: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) seen.push(message.text());
    });
    page.on("pageerror", (error) => seen.push(String(error)));
    await use(page);
    expect(seen.filter((line) => !allowed.some((pattern) => pattern.test(line)))).toEqual([]);
  },
});
