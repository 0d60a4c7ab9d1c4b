/** What the studio withstands: odd names and schemas, slow and absent servers, zoom, and places far away. */

import type { Page } from "@playwright/test";
import { needStackSettings, SecondApi } from "./api";
import { expectNoBarrier } from "./barriers";
import { heapOf } from "./measure";
import { APPROVAL, FAILING, lanes, save, start } from "./seed";
import { expect, test } from "./studio";

const ODD_NAMES = [
  '<img src=x onerror="document.title=1">',
  "</script><script>document.title = 'run'</script>",
  "\u202egnirts desrever\u202c and then",
  "שלום مرحبا 👩‍👩‍👧‍👦 Z͑ͫ̓ͪ̂ͫ̽a͎l̢g̵o",
  "{{ secret.TOKEN }} %00 &amp;",
  "a".repeat(250),
];

async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(overflow).toBeLessThanOrEqual(0);
}

test("names with markup and other directions are only text", async ({ page, request }) => {
  const ids: string[] = [];
  for (const label of ODD_NAMES) {
    const nodes: [string, string, Record<string, unknown>?][] = [
      ["start", "start"],
      ["call", "fail", { label, message: label }],
    ];
    ids.push(await start(request, await save(request, label, { nodes, edges: ["start>call"] })));
  }

  for (const path of ["/workflows", "/executions", ...ids.map((id) => `/executions/${id}?node=call`)]) {
    await page.goto(`/studio${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    await expect(page).toHaveTitle(/Trigraph$/);
    await expect(page.locator("main img, main script")).toHaveCount(0);
    await expectNoSidewaysScroll(page);
  }
  const { headers } = await request.get("/studio").then((answer) => ({ headers: answer.headers() }));
  expect(headers["content-security-policy"]).toContain("script-src 'self'");
  expect(headers["content-security-policy"]).not.toContain("unsafe-eval");
});

test("node types with odd schemas have a form or their raw data", async ({ page, request }) => {
  const schemas: Record<string, unknown> = {
    nothing: {},
    untyped: { properties: { any: {}, "a b/c~d": { title: "<b>" } } },
    recursive: { $defs: { tree: { properties: { sub: { $ref: "#/$defs/tree" } } } }, $ref: "#/$defs/tree" },
    dangling: { type: "object", properties: { gone: { $ref: "#/$defs/missing" } } },
    unions: { properties: { one: { anyOf: [{ type: "null" }, { oneOf: [{ const: 1 }, { enum: ["a", null] }] }] } } },
    wide: { properties: Object.fromEntries(Array.from({ length: 300 }, (_, at) => [`f${at}`, { type: "number" }])) },
    wrong: { type: ["string", "object"], properties: [], required: "all" },
    not_an_object: { type: "array", items: { type: "string" } },
  };
  const types = await (await request.get("/node-types")).json();
  const model = types.find((each: { type: string }) => each.type === "transform");
  const place = Object.keys(model).find((key) => model[key]?.properties) as string;
  const odd = Object.entries(schemas).map(([type, schema]) => ({ ...model, type, title: type, [place]: schema }));
  await page.route("**/node-types*", (route) => route.fulfill({ json: [...types, ...odd] }));
  const id = await save(request, "Odd types", { nodes: [["start", "start"]], edges: [] });

  await page.goto(`/studio/workflows/${id}`);
  for (const { type } of odd) {
    await page.getByRole("button", { name: type, exact: true }).click();
    await expect(page.getByRole("region", { name: `Node ${type}` })).toBeVisible();
    await expect(page.getByText("failed:")).toHaveCount(0);
  }
});

test("a graph of two thousand nodes is drawn, found and walked", async ({ page, request }) => {
  test.setTimeout(240_000);
  const id = await start(request, await save(request, "Two thousand", lanes(2000, "delay", { ms: 3_600_000 })));
  await page.goto(`/studio/executions/${id}`);

  await expect(page.locator(".box").first()).toBeVisible({ timeout: 120_000 });
  await expect(page.getByRole("img", { name: "Small map of the graph" })).toBeVisible();
  await page.getByRole("button", { name: "Zoom In" }).click();
  expect(await page.locator(".react-flow__node").count()).toBeLessThanOrEqual(2000);
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.locator(".outline-row")).toHaveCount(2000);
  await request.post(`/executions/${id}/cancel`);
});

test.describe("an API that restarts", () => {
  test.use({ allowed: [/ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/] });

  test("is waited for, and the page goes on by itself", async ({ page, request }) => {
    test.setTimeout(180_000);
    needStackSettings();
    const api = await SecondApi.start();
    const id = await start(request, await save(request, "Restart", APPROVAL), { amount: 1 });
    await page.goto(`${api.url}/studio/executions/${id}`);
    await expect(page.locator('[data-pattern="hatched"]').first()).toBeVisible();

    await api.kill();
    await expect(page.getByText(/^Not live since/)).toBeVisible({ timeout: 60_000 });
    await expect(page.locator(".box", { hasText: "Pay it" })).toBeVisible();
    const pause = page.getByRole("button", { name: "Pause" });
    await expect(pause).toBeDisabled();
    await expect(pause).toHaveAccessibleDescription(
      /^The server has not answered since .* as soon as it answers again\.$/,
    );
    await pause.focus();
    await expect(page.getByRole("tooltip")).toContainText("The server has not answered since");
    await pause.press("Enter");
    await expectNoBarrier(page);
    await request.post(`/executions/${id}/cancel`);
    await api.resume();

    await expect(page.getByText(/^Not live since/)).toBeHidden({ timeout: 90_000 });
    await expect(page.locator(".execution-head")).toContainText("Cancelled", { timeout: 60_000 });
    await expect(page.getByRole("button", { name: "Retry" })).toBeEnabled();
    await api.kill();
  });
});

test("slow answers leave the page in order", async ({ page, request }) => {
  await start(request, await save(request, "Slow", FAILING));
  await page.route(/\/(executions|workflows)\b/, async (route) => {
    if (route.request().resourceType() === "fetch") await new Promise((resolve) => setTimeout(resolve, 3000));
    await route.continue();
  });
  await page.goto("/studio/executions");

  await expect(page.getByRole("status", { name: "Loading" })).toBeVisible();
  await page.getByRole("link", { name: "Workflows" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Workflows" })).toBeVisible();
  await expect(page.locator(".row-link").first()).toBeVisible();
  await expect(page).toHaveURL(/\/workflows$/);
});

test("a day in an open tab leaves memory flat", async ({ page, request }) => {
  test.setTimeout(240_000);
  const id = await start(request, await save(request, "A day", APPROVAL), { amount: 5 });
  let asked = 0;
  page.on("request", (each) => each.resourceType() === "fetch" && asked++);
  await page.clock.install();
  await page.goto(`/studio/executions/${id}`);
  await expect(page.locator('[data-pattern="hatched"]').first()).toBeVisible();
  const pass = async (rounds: number) => {
    for (let round = 0; round < rounds; round += 1) {
      await page.clock.runFor(30_000);
      await page.waitForLoadState("networkidle");
    }
  };

  await pass(20);
  const before = await heapOf(page);
  await pass(100);
  const after = await heapOf(page);

  expect(asked).toBeGreaterThan(300);
  expect(after).toBeLessThan(before * 1.1 + 1);
  await request.post(`/executions/${id}/cancel`);
});

test.describe("with the browser's zoom at 200 %", () => {
  // A window of 1,280 pixels has 640 of the page's own.
  test.use({ viewport: { width: 640, height: 450 }, deviceScaleFactor: 2 });

  test("every list can be read and used", async ({ page, request }) => {
    await start(request, await save(request, "Zoomed", FAILING));
    for (const path of ["/", "/workflows", "/executions", "/events", "/approvals", "/settings/keys", "/system"]) {
      await page.goto(`/studio${path}`);
      await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
      await expectNoSidewaysScroll(page);
    }
    await page.goto("/studio/executions");
    await page.locator(".row-link").first().click();
    await expect(page).toHaveURL(/\/executions\/[0-9a-f-]{36}/);
    await expect(page.locator(".execution-head")).toBeInViewport();
  });
});

test.describe("on another continent", () => {
  test.use({ timezoneId: "Pacific/Kiritimati", locale: "ar-EG" });

  test("times and numbers are those of the reader", async ({ page, request }) => {
    const id = await start(request, await save(request, "Far away", FAILING));
    await page.goto(`/studio/executions/${id}`);
    await expect(page.locator(".execution-head")).toContainText("Failed");

    const title = await page.locator("time").first().getAttribute("title");
    expect(title).toContain("UTC");
    await page.goto(`/studio/executions/${id}?tab=timeline`);
    await expect(page.locator(".bar").first()).toBeVisible();
    await page.goto("/studio/executions");
    await expect(page.locator(".row-link").first()).toBeVisible();
  });
});
