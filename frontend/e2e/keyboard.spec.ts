/** Without a mouse: a workflow is created, connected, saved and run, a person decides, and the failed step is found. */

import type { Page } from "@playwright/test";
import { FAILING, save, start } from "./seed";
import { expect, test } from "./studio";

const MOST = 60;

class Keyboard {
  pressed = 0;

  constructor(private readonly page: Page) {}

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      await this.page.keyboard.press(key);
      this.pressed += 1;
    }
  }

  async type(text: string): Promise<void> {
    await this.press(...text);
  }

  /** Press Tab until the focus is on what this selector finds. */
  async tabTo(selector: string): Promise<void> {
    const isThere = () => this.page.evaluate((wanted) => !!document.activeElement?.matches(wanted), selector);
    for (let tries = 0; !(await isThere()); tries += 1) {
      expect(tries, `Tab does not reach ${selector}.`).toBeLessThan(20);
      await this.press("Tab");
    }
  }
}

test("a workflow is made, run, approved and looked into without a mouse", async ({ page }) => {
  test.setTimeout(120_000);
  const keys = new Keyboard(page);
  await page.goto("/studio");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();

  await keys.press("Control+k");
  await expect(page.getByRole("textbox", { name: "Search" })).toBeFocused();
  await keys.type("create");
  await expect(page.getByRole("button", { name: "Create a workflow" })).toBeVisible();
  await keys.press("Enter");
  await expect(page.locator('.react-flow__node[data-id="start"]')).toBeVisible();
  await keys.press("f");
  await expect(page.getByRole("textbox", { name: "Find a node type" })).toBeFocused();
  await keys.type("human");
  await keys.tabTo('.react-flow__node[data-id="start"]');
  await keys.press("Enter");
  await expect(page.getByRole("region", { name: "Node start" })).toBeVisible();
  await keys.press("f", "Enter");
  await expect(page.locator('.react-flow__node[data-id="human_approval"]')).toBeVisible();
  await keys.press("Control+a");
  await keys.type("fail");
  await keys.press("Enter");
  await expect(page.locator(".react-flow__edge")).toHaveCount(2);
  await keys.press("Control+s");
  await expect(page.getByRole("status").filter({ hasText: "Version 2" })).toBeVisible();

  await keys.press("Control+k");
  await expect(page.getByRole("textbox", { name: "Search" })).toBeFocused();
  await keys.type("run this");
  await expect(page.getByRole("button", { name: "Run this workflow" })).toBeVisible();
  await keys.press("Enter");
  await expect(page.getByRole("region", { name: "Why it waits" })).toBeVisible();
  const execution = page.url();

  await keys.tabTo('main a[href*="/approvals"]');
  await keys.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: "Approvals" })).toBeVisible();
  await page.locator(".inbox-list button").first().waitFor();
  await keys.press("j");
  await expect(page.getByRole("button", { name: "Approve" })).toBeVisible();
  await keys.press("Shift+A");
  await expect(page.getByRole("list", { name: "Decisions" })).toContainText("approved");

  await keys.press("g", "e");
  await expect(page.getByRole("heading", { level: 1, name: "Executions" })).toBeVisible();
  await page.locator(".row-link").first().waitFor();
  await keys.press("j", "Enter");
  await expect(page).toHaveURL(execution);
  await expect(page.locator(".execution-head")).toContainText("Failed");
  await expect(page.locator('.react-flow__node[data-id="fail"] [data-pattern="solid"]')).toBeVisible();
  await keys.press("Shift+F");
  await expect(page.getByRole("complementary", { name: "Node fail" })).toBeVisible();

  console.log(`${keys.pressed} keys`);
  expect(keys.pressed).toBeLessThanOrEqual(MOST);
});

test("two ids that are pasted into the search lead to an explanation", async ({ page, request }) => {
  const { event_id } = await (
    await request.post("/events", { data: { lead: { source: "LinkedIn", score: 61 } } })
  ).json();
  const workflows = await (await request.get("/workflows?limit=200")).json();
  const { id } = workflows.find((each: { name: string }) => each.name === "Lead routing");
  await page.goto("/studio");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.getByRole("textbox", { name: "Search" }).fill(`${event_id} ${id}`);

  await page.getByRole("button", { name: "Why did the first", exact: false }).click();

  await expect(page.getByRole("treeitem", { name: /lead.score was 61/ })).toBeVisible();
});

test("the search compares two executions, and lists its commands", async ({ page, request }) => {
  const ids = await Promise.all(
    [91, 92].map(async (score) => {
      const data = { lead: { source: "LinkedIn", score } };
      return (await (await request.post("/events", { data })).json()).executions[0].id as string;
    }),
  );
  await page.goto("/studio");
  await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
  await page.keyboard.press("Control+k");
  await page.getByRole("textbox", { name: "Search" }).fill(ids.join("\n"));
  await page.getByRole("button", { name: "Compare these two executions" }).click();
  await expect(page).toHaveURL(new RegExp(`compare\\?a=${ids[0]}&b=${ids[1]}`));

  await page.keyboard.press("Control+k");
  await page.getByRole("textbox", { name: "Search" }).fill("dark");
  await page.getByRole("button", { name: "Dark colours" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
});

test("a page lists its keys, and they work", async ({ page, request }) => {
  const failing = await save(request, "Keys of a page", FAILING);
  const id = await start(request, failing);
  await start(request, failing);
  await page.goto("/studio/executions");
  await page.locator(".row-link").first().waitFor();

  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  for (const label of [
    "Search and commands",
    "Go to Events",
    "Focus the filter",
    "Refresh now",
    "Live updates on or off",
    "Next row",
    "Previous row",
    "Open the row",
    "Open the row in a new tab",
    "Choose the row",
  ]) {
    await expect(help.getByText(label, { exact: true })).toBeVisible();
  }
  await page.keyboard.press("Escape");
  await expect(help).toBeHidden();
  await page.keyboard.press("l");
  await expect(page).toHaveURL(/live=0/);
  await page.keyboard.press("l");
  await expect(page).not.toHaveURL(/live=0/);
  for (const key of ["j", "x", "j", "x"]) await page.keyboard.press(key);
  await expect(page.getByRole("toolbar", { name: "Chosen executions" })).toContainText("2 chosen");
  await page.keyboard.press("k");
  await page.keyboard.press("Enter");

  await expect(page).toHaveURL(/executions\/[0-9a-f-]{36}/);
  await page.goto(`/studio/executions/${id}`);
  await expect(page.locator(".box").first()).toBeVisible();
  for (const [key, tab] of [
    ["2", "Timeline"],
    ["3", "Steps"],
  ] as const) {
    await page.keyboard.press(key);
    await expect(page.getByRole("tab", { name: tab })).toHaveAttribute("aria-selected", "true");
  }
  await page.locator(".step-row").first().waitFor();
  await page.keyboard.press("j");
  await expect(page.locator(".step-row").first()).toBeFocused();
  await page.keyboard.press("Shift+F");
  await expect(page.getByRole("complementary", { name: "Node call" })).toBeVisible();
});
