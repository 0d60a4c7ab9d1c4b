/** The panel of one step: visits, conditions, calls and decisions. */

import { expectNoBarrier } from "./barriers";
import { APPROVAL, approvalOf, ended, line, loop, ROUTED, save, start } from "./seed";
import { expect, test } from "./studio";

test.describe("one step", () => {
  test("visits are stepped through, failures first, and compared", async ({ page, request }) => {
    const id = await start(request, await save(request, "Rounds", loop(3)), { go: true });
    await ended(request, id, "FAILED");
    await page.goto(`/studio/executions/${id}?node=tick`);
    const panel = page.getByRole("complementary", { name: "Node tick" });
    await expect(panel).toContainText("of 4");
    await expect(panel.getByRole("group", { name: "Visits that failed" }).getByRole("button")).toHaveCount(1);

    await panel.getByRole("button", { name: "Previous visit" }).click();
    await expect(panel.getByRole("textbox", { name: "Visit" })).toHaveValue("3");
    await panel.getByRole("button", { name: "Compare with visit 2" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("heading", { name: "tick: visit 2 and visit 3" })).toBeVisible();
    await expect(dialog.getByText("The same.")).toHaveCount(4);
    await page.keyboard.press("Escape");
    await panel.getByRole("textbox", { name: "Visit" }).fill("1");
    await page.keyboard.press("Enter");

    await expect(panel.getByRole("button", { name: "Previous visit" })).toBeDisabled();
    await expect(page).toHaveURL(/step=/);
  });

  test("a value is searched, cut, and copied by its path", async ({ page, request }) => {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    const rows = Array.from({ length: 250 }, (_, at) => ({ at, name: `row ${at}` }));
    const payload = { rows, note: "long ".repeat(2500), needle: { deep: "in the haystack" } };
    const { event_id } = await (await request.post("/events", { data: payload })).json();
    await page.goto(`/studio/events/${event_id}`);
    const value = page.locator(".json").first();

    await value.getByRole("button", { name: /250 items/ }).waitFor();
    await expect(value.getByRole("button", { name: "Show 100 more of 150" })).toBeVisible();
    await value.getByRole("button", { name: "Show all 13 kB" }).click();
    await value.getByRole("textbox", { name: "Search in the payload" }).fill("haystack");
    await expect(value.getByRole("status")).toHaveText("1 found");
    await value.getByRole("button", { name: "needle.deep" }).click();
    await page.getByRole("menuitem", { name: "Copy path" }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("needle.deep");
    await expectNoBarrier(page);
  });

  test("a large value is folded, and its parts are loaded by their paths", async ({ page, request }) => {
    const rows = Array.from({ length: 3000 }, (_, at) => ({ at, note: "x".repeat(90) }));
    const payload = { rows, "a/b": { text: "long ".repeat(30_000) }, few: [1, 2] };
    const id = await start(request, await save(request, "Large", ROUTED), payload);
    await ended(request, id, "COMPLETED");
    const asked: string[] = [];
    page.on("request", (each) => each.url().includes("/values/") && asked.push(each.url()));
    await page.goto(`/studio/executions/${id}?node=start`);
    const input = page.getByRole("complementary", { name: "Node start" }).getByRole("region", { name: "Input" });

    const whole = input.getByRole("button", { name: /^4\d\d kB$|^5\d\d kB$/ });
    await expect(whole).toHaveAttribute("aria-expanded", "false");
    await expect(input.locator(".json-tree")).not.toContainText("few");
    expect(asked).toEqual([]);
    await whole.click();
    await expect(input.locator(".json-tree")).toContainText("[ 2 items ]");
    await input.getByRole("button", { name: /^\[ 3,000 items \] · 3\d\d kB$/ }).click();
    await input.getByRole("button", { name: "Load 100 more of 2,900" }).click();
    await expect(input.getByRole("button", { name: "199", exact: true })).toBeVisible();
    await input.getByRole("button", { name: /^\{ 1 key \} · 150 kB$/ }).click();
    await input.getByRole("button", { name: "text · 150 kB" }).click();
    await expect(input.getByRole("button", { name: "Load more" })).toBeVisible();
    expect(asked.map((url) => new URL(url).searchParams.get("path"))).toEqual([
      "",
      "/rows",
      "/rows",
      "/a~1b",
      "/a~1b/text",
    ]);
    await expectNoBarrier(page);
    await page.screenshot({ path: "e2e/shots/large-value.png" });
  });

  test("a branch shows the conditions of its cases", async ({ page, request }) => {
    const id = await start(request, await save(request, "Routed", ROUTED), { score: 70 });
    await ended(request, id, "COMPLETED");
    await page.goto(`/studio/executions/${id}?node=route`);
    const cases = page.getByRole("complementary", { name: "Node route" }).getByRole("list", { name: "Cases" });

    await expect(cases.getByRole("listitem").nth(0)).toContainText("large not taken");
    await cases.getByRole("button", { name: "Show its condition" }).click();
    const tree = cases.getByRole("tree", { name: "Condition of case large" });
    await expect(tree).toContainText("70");

    await page.goto(`/studio/executions/${id}?node=tell`);
    const skipped = page.getByRole("complementary", { name: "Node tell" });
    await skipped.getByRole("button", { name: "Go to route" }).click();
    await expect(page.getByRole("complementary", { name: "Node route" })).toBeVisible();
  });

  test("a call shows its request, filled in, and its attempts", async ({ page, request }) => {
    const call = line("http_call", {
      url: "http://nowhere.invalid/{{ who }}",
      retry: { max_attempts: 2, initial_interval: 0.2, max_interval: 0.2 },
    });
    const id = await start(request, await save(request, "Called", call), { who: "ann" });
    await page.goto(`/studio/executions/${id}?node=at`);
    const panel = page.getByRole("complementary", { name: "Node at" });
    await expect(panel.getByRole("group", { name: "Attempts" }).getByRole("button")).toHaveCount(2);

    await panel.getByRole("button", { name: "Request" }).click();
    await expect(panel).toContainText("http://nowhere.invalid/ann");
    await panel.getByRole("button", { name: "Log of attempts" }).click();
    await expect(panel.getByText("Attempt 2")).toBeVisible();
    await expect(panel.getByText("Process", { exact: true })).toHaveCount(2);
  });

  test("an approval says who decided, and with what comment", async ({ page, request }) => {
    const id = await start(request, await save(request, "Decided", APPROVAL), { amount: 5 });
    const approval = await approvalOf(request, id);
    await request.post(`/approvals/${approval.id}/approve`, { data: { approved_by: "Ann", comment: "Fine." } });
    await page.goto(`/studio/executions/${id}?node=manager`);

    await expect(page.getByRole("region", { name: "Decisions" })).toContainText("Ann approved");
    await expect(page.getByRole("region", { name: "Decisions" })).toContainText("Fine.");
  });
});
