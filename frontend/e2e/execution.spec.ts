/** The page of one execution: its head, its timeline, its steps, and nothing of it is a barrier. */

import { expectNoBarrier } from "./barriers";
import { ended, line, loop, ROUTED, save, start } from "./seed";
import { expect, test } from "./studio";

const HOUR = 3_600_000;

test.describe("the page", () => {
  test("says how long it worked and waited, and that a newer version exists", async ({ page, request }) => {
    const workflow = await save(request, "Facts", line("delay", { ms: 1200 }));
    const id = await start(request, workflow);
    await ended(request, id, "COMPLETED");
    const { name, graph } = await (await request.get(`/workflows/${workflow}`)).json();
    graph.nodes[2].data.value = 2;
    await request.put(`/workflows/${workflow}`, { data: { name, trigger: null, graph } });

    await page.goto(`/studio/executions/${id}`);

    const head = page.locator(".execution-head");
    await expect(head).toContainText(/= worked .* \+ waited 1\.\d s/);
    await expect(head.getByRole("link", { name: "v2 is newer" })).toBeVisible();
  });

  test("leads to comparisons and to the first failed step", async ({ page, request }) => {
    const workflow = await save(request, "Keys", loop(2));
    const [before, id] = [await start(request, workflow, { go: true }), await start(request, workflow, { go: true })];
    for (const each of [before, id]) await ended(request, each, "FAILED");
    await page.goto(`/studio/executions/${id}`);
    const box = page.locator(".react-flow__node", { hasText: "tick" });
    await expect(box.locator(".box-bar")).toHaveAttribute("title", "1 failed, 2 completed");

    await page.keyboard.press("3");
    await expect(page.getByRole("region", { name: "Steps" })).toBeVisible();
    await page.keyboard.press("Shift+F");
    await expect(page.getByRole("complementary", { name: "Node tick" })).toContainText("max_visits");

    await page.getByRole("button", { name: "More" }).click();
    await page.getByRole("menuitem", { name: "Compare with the one before" }).click();
    await expect(page).toHaveURL(new RegExp(`compare\\?a=${before}&b=${id}`));
    await page.goto(`/studio/compare?a=${id}`);
    await page.getByRole("combobox", { name: "Another execution of Keys" }).click();
    await page.getByRole("option").first().click();
    await expect(page).toHaveURL(new RegExp(`b=${before}`));
  });

  test("zooms its timeline by a drag, and unfolds time without work", async ({ page, request }) => {
    const id = await start(request, await save(request, "Zoomed", line("delay", { ms: 4000 })));
    await ended(request, id, "COMPLETED");
    await page.goto(`/studio/executions/${id}?tab=timeline`);
    const fold = page.locator(".fold");
    await expect(fold).toHaveCount(1);

    await fold.click();
    await expect(fold).toHaveCount(0);
    const axis = await page.locator(".axis").boundingBox();
    if (!axis) throw new Error("The axis is not there.");
    await page.mouse.move(axis.x + axis.width * 0.1, axis.y + 10);
    await page.mouse.down();
    await page.mouse.move(axis.x + axis.width * 0.5, axis.y + 10, { steps: 4 });
    await page.mouse.up();

    await expect(page).toHaveURL(/from=\d+&to=\d+/);
    await page.getByRole("button", { name: "Show all", exact: true }).click();
    await expect(page).not.toHaveURL(/from=/);
  });

  test("opens ten thousand steps with few requests and rows", async ({ page, request }) => {
    test.setTimeout(240_000);
    const id = await start(request, await save(request, "Large", loop(5000)), { go: true });
    await ended(request, id, "FAILED");
    let asked = 0;
    page.on("request", (each) => ["fetch", "xhr"].includes(each.resourceType()) && asked++);
    const began = Date.now();

    await page.goto(`/studio/executions/${id}`);
    await expect(page.locator(".react-flow__node", { hasText: "tick" })).toContainText("×5001");

    const opened = Date.now() - began;
    test.info().annotations.push({ type: "opened", description: `${opened} ms, ${asked} requests` });
    console.log(`10,000 steps: opened in ${opened} ms with ${asked} requests`);
    expect(asked).toBeLessThanOrEqual(12);
    // The goal is 2 s on a machine that does nothing else.
    expect(opened).toBeLessThan(20_000);

    await page.getByRole("tab", { name: /Steps 1\d{4}/ }).click();
    const rows = page.getByRole("region", { name: "Steps" });
    await rows.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await expect(page.locator(".step-row").first()).toBeVisible();
    expect(await page.locator(".step-row").count()).toBeLessThan(400);
    await page.getByRole("tab", { name: "Timeline" }).click();
    const many = page.locator(".timeline-row", { hasText: "tick" });
    await expect(many).toContainText("5001 steps · 1 failed");
    await expect(many.locator(".bar")).toHaveCount(1);
    await many.getByRole("button", { name: "Steps of tick one by one" }).click();
    await expect(many.getByRole("status")).toHaveText("1–100 of 5,001");
    await many.getByRole("button", { name: "Zoom to these" }).click();
    await expect(many.locator(".bar")).toHaveCount(100);
    await many.getByRole("button", { name: "Steps after" }).click();
    await expect(many.getByRole("status")).toHaveText("101–200 of 5,001");
    await expect(many.locator(".bar")).toHaveCount(100);
    await expect(page).toHaveURL(/open=tick/);
    await page.screenshot({ path: "e2e/shots/timeline-opened.png" });
    await page.goto(`/studio/executions/${id}?node=tick`);
    await page.getByRole("button", { name: "Previous visit" }).click();
    await expect(page.getByRole("textbox", { name: "Visit" })).toHaveValue("5000");

    await page.goto(`/studio/compare?a=${id}&b=${id}&all=1`);
    const table = page.getByRole("table", { name: "Nodes of both executions" });
    await expect(table).toHaveAttribute("aria-rowcount", /^10\d{3}$/, { timeout: 60_000 });
    expect(await table.locator("tr").count()).toBeLessThan(400);
  });
});

for (const scheme of ["light", "dark"] as const) {
  test(`no part of an execution is a barrier: ${scheme}`, async ({ page, request }) => {
    const workflow = await save(request, `Barriers ${scheme}`, ROUTED);
    const [a, b] = [await start(request, workflow, { score: 70 }), await start(request, workflow, { score: 99 })];
    for (const id of [a, b]) await ended(request, id, "COMPLETED");
    const waiting = await start(request, await save(request, "Waiting", line("delay", { ms: HOUR })));
    const rounds = await start(request, await save(request, "Visited", loop(2)), { go: true });
    await ended(request, rounds, "FAILED");
    await page.emulateMedia({ colorScheme: scheme });

    await page.goto(`/studio/executions/${waiting}`);
    await expect(page.getByRole("button", { name: "Wake now" })).toBeVisible();
    await expectNoBarrier(page);
    await page.goto(`/studio/executions/${rounds}?node=tick`);
    await page.getByRole("button", { name: "Parameters" }).click();
    await page.getByRole("button", { name: "Log of attempts" }).click();
    await expect(page.getByText("Began", { exact: true })).toBeVisible();
    await expectNoBarrier(page);
    await page.goto(`/studio/compare?a=${a}&b=${b}&node=route`);
    await expect(page.getByRole("tree")).toHaveCount(2);
    await expectNoBarrier(page);
  });
}
