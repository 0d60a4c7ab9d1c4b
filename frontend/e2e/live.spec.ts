/** An execution is followed while it runs, and while the server is away. */

import { APPROVAL, approvalOf, FAILING, save, start } from "./seed";
import { expect, test } from "./studio";

test("a change is shown without a click", async ({ page, request }) => {
  const id = await start(request, await save(request, "Live", APPROVAL), { amount: 1 });
  await page.goto(`/studio/executions/${id}`);
  const pay = page.locator(".react-flow__node", { hasText: "Pay it" });
  await expect(pay).toBeVisible();
  await expect(pay.locator("[data-pattern]")).toHaveCount(0);

  const approval = await approvalOf(request, id);
  await request.post(`/approvals/${approval.id}/approve`, { data: {} });

  await expect(pay.locator('[data-pattern="solid"]')).toBeVisible();
  await expect(page.locator('.line[data-state="taken"]')).toHaveCount(2);
});

test("a failure names its step, with markup as text", async ({ page, request }) => {
  const id = await start(request, await save(request, "Failing", FAILING));
  await page.goto(`/studio/executions/${id}`);

  await page.locator(".notice").getByRole("link", { name: "call" }).click();

  const panel = page.getByRole("complementary", { name: "Node call" });
  await expect(panel.getByRole("heading", { name: "Publish <b>now</b>" })).toBeVisible();
  await expect(panel).toContainText("from the press.");
  await expect(page.getByRole("button", { name: "Retry" })).toBeVisible();
});

test.describe(() => {
  test.use({ allowed: [/ERR_FAILED/] });

  test("a server that is away is said, and the page stays", async ({ page, request }) => {
    const id = await start(request, await save(request, "Away", APPROVAL), { amount: 2 });
    await page.goto(`/studio/executions/${id}`);
    await expect(page.locator(".execution-head")).toContainText("Running");
    await expect(page.locator(".react-flow__node", { hasText: "Pay it" })).toBeVisible();

    await page.route("**/*", (route) =>
      route.request().resourceType() === "fetch" ? route.abort() : route.continue(),
    );

    await expect(page.getByText(/^Not live since/)).toBeVisible({ timeout: 30_000 });
    await expect(page.locator(".react-flow__node", { hasText: "Pay it" })).toBeVisible();
    await page.unroute("**/*");
    await expect(page.getByText(/^Not live since/)).toBeHidden({ timeout: 60_000 });
  });
});
