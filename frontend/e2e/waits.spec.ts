/** The page of one execution: why it waits, with the buttons that end the wait. */

import { APPROVAL, approvalOf, type Drawn, line, save, start } from "./seed";
import { expect, test } from "./studio";

const HOUR = 3_600_000;

const RETRIED = line("http_call", {
  url: "http://nowhere.invalid/",
  retry: { max_attempts: 2, initial_interval: 3600, max_interval: 3600 },
});

test.describe("why it waits", () => {
  test("a delay is ended by its button", async ({ page, request }) => {
    const id = await start(request, await save(request, "Delayed", line("delay", { ms: HOUR })));
    await page.goto(`/studio/executions/${id}`);
    const why = page.getByRole("region", { name: "Why it waits" });
    await expect(why).toContainText("Node at waits until");

    await why.getByRole("button", { name: "Wake now" }).click();

    await expect(page.locator(".execution-head")).toContainText("Completed");
    await expect(why).toBeHidden();
  });

  test("a retry is tried now", async ({ page, request }) => {
    const id = await start(request, await save(request, "Retried", RETRIED));
    await page.goto(`/studio/executions/${id}`);
    const why = page.getByRole("region", { name: "Why it waits" });
    await expect(why).toContainText("(attempt 2 of 2)");

    await why.getByRole("button", { name: "Try now" }).click();

    await expect(page.locator(".execution-head")).toContainText("Failed");
  });

  test("an approval is opened in the inbox", async ({ page, request }) => {
    const amount = Date.now();
    const id = await start(request, await save(request, "Asked", APPROVAL), { amount });
    await page.goto(`/studio/executions/${id}`);

    await page.getByRole("link", { name: "Open in the inbox" }).click();

    await expect(page.getByRole("heading", { name: `Expense of ${amount} EUR` })).toBeVisible();
  });

  test("an event that nearly came is explained in place", async ({ page, request }) => {
    const order = `N${Date.now()}`;
    const condition = { and: [{ "==": [{ var: "order" }, order] }, { ">": [{ var: "paid" }, 10] }] };
    const id = await start(request, await save(request, "Paid", line("wait_for_event", { condition })));
    await page.goto(`/studio/executions/${id}`);
    const why = page.getByRole("region", { name: "Why it waits" });
    await expect(why).toContainText(order);
    await request.post("/events", { data: { order, paid: 5 } });

    await expect(why).toContainText("nearly met it");
    await why.getByRole("button", { name: "Show the condition" }).click();

    await expect(why.getByRole("tree").getByRole("treeitem", { name: /paid/ })).toContainText("5");
    await expect(why.getByRole("link", { name: "Send an event" })).toBeVisible();
  });

  test("a join leads to the node that it waits for", async ({ page, request }) => {
    const joined: Drawn = {
      nodes: [
        ["start", "start"],
        ["quick", "transform", { value: 1 }],
        ["slow", "delay", { ms: HOUR }],
        ["merge", "transform", { value: 2 }],
      ],
      edges: ["start>quick", "start>slow", "quick>merge", "slow>merge"],
    };
    const id = await start(request, await save(request, "Joined", joined));
    await page.goto(`/studio/executions/${id}`);
    const why = page.getByRole("region", { name: "Why it waits" });
    await expect(why).toContainText("Node merge has 1 of 2 arrivals; still missing slow.");

    await why.getByRole("link", { name: "Go to slow" }).click();

    await expect(page.getByRole("complementary", { name: "Node slow" })).toBeVisible();
    await why.getByRole("button", { name: "Wake now" }).click();
    await expect(page.locator(".execution-head")).toContainText("Completed");
  });

  test("children are counted, listed, and followed to their cause", async ({ page, request }) => {
    const inner = await save(request, "Inner", APPROVAL);
    const each = line("for_each", { items: [1, 2, 3], workflow_id: inner, max_parallel: 2 });
    const id = await start(request, await save(request, "Outer", each), { amount: 3 });
    await page.goto(`/studio/executions/${id}`);
    const why = page.getByRole("region", { name: "Why it waits" });
    await expect(why).toContainText("waits for 3 of 3 children: 2 running, 1 not begun.");
    await expect(why.getByRole("link", { name: "Open in the inbox" })).toHaveCount(2);

    await why.getByRole("link", { name: "Open the child" }).first().click();
    await expect(page.locator(".execution-head")).toContainText("node at of");
    await page.goBack();
    await why.getByRole("link", { name: "List its children" }).click();
    await expect(page.getByText("Only those started by execution")).toBeVisible();
  });

  test("a full lane leads to the holder of its slot", async ({ page, request }) => {
    const workflow = await save(request, "Lane", APPROVAL, { concurrency: { limit: 1 } });
    const holder = await start(request, workflow, { amount: 1 });
    await approvalOf(request, holder);
    const second = await start(request, workflow, { amount: 2 });
    await page.goto(`/studio/executions/${second}`);
    const why = page.getByRole("region", { name: "Why it waits" });
    await expect(why).toContainText("1 of 1 slot of lane");

    await why.getByRole("link", { name: "Open the holder" }).click();

    await expect(page).toHaveURL(new RegExp(holder));
  });

  test("a paused execution is resumed where it says so", async ({ page, request }) => {
    const id = await start(request, await save(request, "Paused", line("delay", { ms: HOUR })));
    await page.goto(`/studio/executions/${id}`);
    await page.getByRole("button", { name: "Pause" }).click();
    const why = page.getByRole("region", { name: "Why it waits" });
    await expect(why).toContainText("it was paused");

    await why.getByRole("button", { name: "Resume" }).click();

    await expect(why).toContainText("Node at waits until");
  });
});
