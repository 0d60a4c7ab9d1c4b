/** The lists of the studio, and the tabs of a workflow. */

import AxeBuilder from "@axe-core/playwright";
import type { APIRequestContext, Page } from "@playwright/test";
import { type Drawn, FAILING, save } from "./seed";
import { expect, test } from "./studio";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** A name that no other test has used. */
function nameOf(word: string): string {
  return `${word} ${Date.now().toString(36)}${Math.floor(Math.random() * 1000)}`;
}

//   start ─▶ call ─▶ tell, which is new; `call` has another message
const LONGER: Drawn = {
  nodes: [
    ["start", "start"],
    ["call", "fail", { label: "Publish", message: "Another message." }],
    ["tell", "transform", { label: "Tell", value: 1 }],
  ],
  edges: ["start>call", "call>tell"],
};

async function saveAgain(request: APIRequestContext, id: string, drawn: Drawn): Promise<void> {
  const other = await save(request, nameOf("scratch"), drawn);
  const { graph } = await (await request.get(`/workflows/${other}`)).json();
  const { name } = await (await request.get(`/workflows/${id}`)).json();
  const answer = await request.put(`/workflows/${id}`, { data: { name, trigger: null, graph } });
  expect(answer.ok(), await answer.text()).toBeTruthy();
  await request.delete(`/workflows/${other}`);
}

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
async function lookAt(page: Page, title: string): Promise<void> {
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

test("versions are compared, and one is made current again", async ({ page, request }) => {
  const id = await save(request, nameOf("Publishing"), FAILING);
  await saveAgain(request, id, LONGER);
  await page.goto(`/studio/workflows/${id}`);
  await page.getByRole("tab", { name: "Versions" }).click();
  await expect(page).toHaveURL(/tab=versions/);

  const row = page.getByRole("row", { name: /Compare version 2/ });
  await expect(row).toContainText("1 node added, 1 changed, 1 edge added");
  const differences = page.getByRole("list", { name: "Differences of the graph" });
  await expect(differences).toContainText("Tell");
  await expect(differences.getByRole("listitem")).toHaveCount(3);
  await expect(page.locator(".react-flow__node.mark-added")).toContainText("Tell");
  await expect(page.getByRole("region", { name: "Differences of the definition" })).toContainText("Another message.");
  await lookAt(page, "versions");

  await page.getByRole("button", { name: "Make this the current version" }).click();
  await page.getByRole("button", { name: "Save version 1 again" }).click();
  await expect(page.getByText("Version 1 was saved again as version 3.")).toBeVisible();
  await expect(page.getByRole("row", { name: /Compare version 3/ })).toContainText("1 node removed, 1 changed");
  expect((await (await request.get(`/workflows/${id}`)).json()).version).toBe(3);
});

test.describe("a save of somebody else", () => {
  test.use({ allowed: [/412/] });

  test("is not overwritten by an earlier version", async ({ page, request }) => {
    const id = await save(request, nameOf("Publishing"), FAILING);
    await saveAgain(request, id, LONGER);
    await page.goto(`/studio/workflows/${id}?tab=versions`);
    await page.getByRole("button", { name: "Make this the current version" }).click();
    await saveAgain(request, id, FAILING);
    await page.getByRole("button", { name: "Save version 1 again" }).click();

    await expect(page.getByRole("dialog").getByRole("alert")).toContainText("was saved since");
    expect((await (await request.get(`/workflows/${id}`)).json()).version).toBe(3);
  });
});
