/** How fast graphs are drawn and moved, beside a graph of 20 nodes in the same run. `npm run perf` prints a table. */

import type { APIRequestContext, Page } from "@playwright/test";
import { framesWhile, note, percentile, timeTo } from "./measure";
import { lanes, save, start } from "./seed";
import { expect, test } from "./studio";

test.setTimeout(400_000);

async function openEditor(page: Page, id: string): Promise<number> {
  return await timeTo(page, `/studio/workflows/${id}`, ".react-flow__node .box");
}

/** Turn the wheel 60 times over the canvas. */
async function pan(page: Page): Promise<void> {
  await page.mouse.move(800, 500);
  for (let move = 0; move < 60; move += 1) await page.mouse.wheel(move < 30 ? 12 : -12, 6);
}

async function dragNode(page: Page): Promise<void> {
  const box = await boxInSight(page);
  await page.mouse.move(box.x, box.y);
  await page.mouse.down();
  for (let move = 1; move <= 60; move += 1) await page.mouse.move(box.x + move, box.y + move / 2);
  await page.mouse.up();
}

/** The middle of a box that lies whole inside the canvas. */
async function boxInSight(page: Page): Promise<{ x: number; y: number }> {
  return await page.evaluate(() => {
    const frame = document.querySelector(".react-flow")?.getBoundingClientRect() as DOMRect;
    const places = [...document.querySelectorAll(".react-flow__node")].map((each) => each.getBoundingClientRect());
    const inside = places.find(
      ({ left, right, top, bottom }) =>
        left > frame.left && right < frame.right - 60 && top > frame.top && bottom < frame.bottom - 40,
    ) as DOMRect;
    return { x: inside.x + inside.width / 2, y: inside.y + inside.height / 2 };
  });
}

/** Zoom in on the middle of the graph until boxes have their real size. */
async function zoomIn(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Fit View" }).click();
  const boxes = page.locator(".react-flow__node");
  const place = await boxes.nth(Math.floor((await boxes.count()) / 2)).boundingBox();
  if (!place) throw new Error("No node is in sight.");
  await page.mouse.move(place.x + place.width / 2, place.y + place.height / 2);
  const scale = () =>
    page.locator(".react-flow__viewport").evaluate((element) => new DOMMatrix(getComputedStyle(element).transform).a);
  await page.keyboard.down("Control");
  while ((await scale()) < 0.8) await page.mouse.wheel(0, -60);
  await page.keyboard.up("Control");
}

async function framesOf(page: Page, request: APIRequestContext, count: number) {
  const cold = await openEditor(page, await save(request, `Lanes ${count}`, lanes(count)));
  const far = await framesWhile(page, () => pan(page));
  await zoomIn(page);
  const near = await framesWhile(page, () => pan(page));
  const drag = count < 1000 ? await framesWhile(page, () => dragNode(page)) : [];
  return { cold, far: percentile(far, 0.95), near: percentile(near, 0.95), drag: percentile(drag, 0.95) };
}

test("graphs are drawn and moved fast", async ({ page, request }) => {
  await openEditor(page, await save(request, "Warm", lanes(20)));
  const small = await framesOf(page, request, 20);
  const middle = await framesOf(page, request, 100);
  const elements = await page.evaluate(() => {
    const boxes = document.querySelectorAll(".react-flow__node");
    return document.querySelectorAll(".react-flow__nodes *").length / boxes.length;
  });
  const large = await framesOf(page, request, 500);
  const huge = await framesOf(page, request, 2000);

  const frames = { unit: "ms", limit: 34, ratio: 2 };
  note("100 nodes: from a cold start to boxes", middle.cold, {
    unit: "ms",
    limit: 1500,
    baseline: small.cold,
    ratio: 2,
  });
  note("500 nodes: from a cold start to boxes", large.cold, {
    unit: "ms",
    limit: 2500,
    baseline: small.cold,
    ratio: 4,
  });
  note("500 nodes: frames of a pan, p95", large.near, { ...frames, baseline: small.near });
  note("500 nodes: frames of a drag, p95", large.drag, { ...frames, baseline: small.drag });
  note("500 nodes, all in sight: frames of a pan, p95", large.far, { ...frames, limit: 70, baseline: small.far });
  note("2,000 nodes: from a cold start to boxes", huge.cold, {
    unit: "ms",
    limit: 6000,
    baseline: small.cold,
    ratio: 8,
  });
  note("2,000 nodes: frames of a pan, p95", huge.near, { ...frames, baseline: small.near });
  note("elements for each node", elements, { unit: "elements", limit: 16 });
});

test("twenty nodes change at once without a slow frame", async ({ page, request }) => {
  const delays = async (count: number) =>
    await start(request, await save(request, `Delays ${count}`, lanes(count, "delay", { ms: 700 })));
  const frames = async (count: number) => {
    await page.goto(`/studio/executions/${await delays(count)}`);
    await expect(page.locator('[data-pattern="solid"]').nth(2)).toBeVisible({ timeout: 60_000 });
    return await framesWhile(page, () => page.waitForTimeout(6000));
  };

  const small = percentile(await frames(20), 0.95);
  const large = percentile(await frames(500), 0.95);

  note("500 nodes, 20 change at once: frames, p95", large, { unit: "ms", limit: 34, baseline: small, ratio: 2 });
});
