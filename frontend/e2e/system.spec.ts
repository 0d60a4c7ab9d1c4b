/** The page of the fleet, and the banner for what stops all work. */

import { needStackSettings, SecondApi } from "./api";
import { APPROVAL, save, start } from "./seed";
import { expect, test } from "./studio";

test("the page of the fleet shows workers, queues, timers and versions", async ({ page, request }) => {
  await start(request, await save(request, "Waits for a person", APPROVAL), { amount: 1 });
  await page.goto("/studio/system");

  const worker = page.getByRole("table", { name: "Workers" }).getByRole("row").nth(1);
  await expect(worker).toContainText("Alive");
  await expect(worker).toContainText(/(prefork|thread) × \d+/);
  const queue = page.getByRole("table", { name: "Queues" }).getByRole("row").nth(1);
  await expect(queue).toContainText("celery");
  await expect(queue.getByRole("cell").nth(1)).toHaveText("1");
  const figure = page.locator(".figure", { hasText: "Last pass of the timekeeper" });
  await expect(figure).toContainText(/just now|s ago/);
  await expect(page.getByRole("img", { name: /^Timers in each part of the next hour/ })).toBeVisible();
  await expect(page.getByText("Postgres").last()).toBeVisible();
  await expect(page.getByText("DATABASE_URL", { exact: true })).toBeVisible();
  await expect(page.getByRole("link", { name: /^The API/ })).toHaveAttribute("href", "/docs");
});

test("a banner has the numbers of what nobody takes", async ({ page }) => {
  needStackSettings();
  // This API takes a heartbeat of ten milliseconds ago for none.
  const api = await SecondApi.start({ WORKER_HEARTBEAT_TIMEOUT: "0.01", WORKER_HEARTBEAT_INTERVAL: "0.005" });
  await page.goto(`${api.url}/studio/executions`);

  await expect(page.getByRole("alert")).toContainText(/^No worker has been seen for [\d.]+ m?s: .+\.$/);
  await api.kill();
});

test("a banner says that Redis is unreachable", async ({ page }) => {
  needStackSettings();
  const api = await SecondApi.start({ REDIS_URL: "redis://127.0.0.1:1/0" });
  await page.goto(`${api.url}/studio/executions`);

  await expect(page.getByRole("alert")).toHaveText(
    "Redis is unreachable: events are accepted and will run when it is back.",
  );
  await api.kill();
});
