/** Axe on every page, full, empty and failed, in both colour schemes, wide and on a phone; each is written to e2e/shots. */

import type { Page } from "@playwright/test";
import { expectNoBarrier } from "./barriers";
import { fill, GONE, LISTS } from "./pages";
import { expect, test } from "./studio";

const WIDTHS = { wide: 1440, phone: 390 };
/** Questions to the API for what a list shows. */
const QUESTIONS =
  /\/(workflows|executions|events|approvals|system|hooks|subscriptions|secrets|credentials|keys|audit)\b/;

test.setTimeout(400_000);

for (const scheme of ["light", "dark"] as const) {
  for (const [name, width] of Object.entries(WIDTHS)) {
    const look = async (page: Page, title: string) => {
      await expect(page.locator("h1")).toBeVisible();
      await page.waitForLoadState("networkidle");
      await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
      await page.screenshot({ path: `e2e/shots/${title}-${scheme}-${name}.png` });
      await expectNoBarrier(page, title);
    };
    test.describe(`${scheme}, ${name}`, () => {
      test.use({ colorScheme: scheme, contextOptions: { reducedMotion: "reduce" }, viewport: { width, height: 900 } });

      test("pages are accessible", async ({ page, request }) => {
        for (const [title, [path, ready]] of Object.entries(await fill(request, name === "phone"))) {
          await page.goto(`/studio${path}`);
          await page.locator(ready).first().waitFor();
          await look(page, title);
        }
      });

      test("empty pages are accessible", async ({ page }) => {
        await page.route(QUESTIONS, (route) => {
          if (route.request().resourceType() !== "fetch") return route.continue();
          const isList = !/counts|system|health|fields/.test(new URL(route.request().url()).pathname);
          return isList ? route.fulfill({ json: [] }) : route.continue();
        });
        for (const [title, path] of Object.entries(LISTS)) {
          await page.goto(`/studio${path}`);
          await look(page, `${title}-empty`);
        }
      });

      test.describe("failed pages", () => {
        test.use({ allowed: [/500/] });

        test("are accessible", async ({ page }) => {
          const detail = "The database refused the statement; the log of the API has the reason.";
          await page.route(QUESTIONS, (route) =>
            route.request().resourceType() === "fetch"
              ? route.fulfill({ status: 500, json: { detail } })
              : route.continue(),
          );
          for (const [title, path] of Object.entries(LISTS)) {
            await page.goto(`/studio${path}`);
            await expect(page.getByRole("alert").first()).toBeVisible();
            await look(page, `${title}-error`);
          }
        });
      });

      test.describe("pages of what does not exist", () => {
        test.use({ allowed: [/404/] });

        test("are accessible", async ({ page }) => {
          for (const [title, path] of Object.entries(GONE)) {
            await page.goto(`/studio${path}`);
            await expect(page.getByRole("main")).toContainText("with this id");
            await look(page, title);
          }
        });
      });

      test.describe("pages without a server", () => {
        test.use({ allowed: [/ERR_INTERNET_DISCONNECTED/] });

        test("are accessible", async ({ page, context }) => {
          for (const [title, path] of Object.entries(LISTS)) {
            await page.goto(`/studio${path}`);
            await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
            await context.setOffline(true);
            await page.keyboard.press("r");
            await expect(page.getByText(/^Not live since/)).toBeVisible({ timeout: 30_000 });
            await look(page, `${title}-offline`);
            await context.setOffline(false);
          }
        });
      });

      test("dialogs are accessible", async ({ page }) => {
        await page.goto("/studio/settings/keys");
        await page.getByRole("button", { name: "New key" }).first().click();
        await expect(page.getByRole("button", { name: "Create key" })).toBeVisible();
        await look(page, "new-key");
        await page.goto("/studio/events");
        await page.getByRole("button", { name: "Send event" }).first().click();
        await expect(page.getByRole("dialog")).toBeVisible();
        await look(page, "send-event");
        await page.goto("/studio/executions");
        await page.locator("h1").waitFor();
        await page.keyboard.press("Control+k");
        await expect(page.getByRole("textbox", { name: "Search" })).toBeVisible();
        await look(page, "palette");
      });
    });
  }
}
