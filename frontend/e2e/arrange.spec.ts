/** How the editor is arranged: the width of the inspector, and what is folded, kept in the browser. */

import { expectNoBarrier } from "./barriers";
import { openEditor, saveDrawn } from "./edited";
import { expect, test } from "./studio";

test("the inspector is made wider by the pointer and by keys, and keeps its width", async ({ page, request }) => {
  const id = await saveDrawn(request);
  await openEditor(page, id);
  await page.locator('.react-flow__node[data-id="wait"]').click();
  const edge = page.getByRole("separator", { name: "Width of the inspector" });
  const frame = page.locator(".inspector-frame");
  await expect(edge).toHaveAttribute("aria-valuenow", "380");

  const place = await edge.boundingBox();
  if (!place) throw new Error("The inspector has no edge.");
  const [x, y] = [place.x + place.width / 2, place.y + 80];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x - 120, y, { steps: 4 });
  await page.mouse.up();
  await expect(frame).toHaveCSS("width", /^(49|50)\d/);
  await page.mouse.move(x - 300, y);
  await expect(frame).toHaveCSS("width", /^(49|50)\d/);

  await edge.press("End");
  await expect(edge).toHaveAttribute("aria-valuenow", "720");
  await edge.press("ArrowLeft");
  await expect(frame).toHaveCSS("width", "720px");
  await edge.press("Home");
  await edge.press("ArrowLeft");
  await expect(frame).toHaveCSS("width", "340px");
  await page.reload();
  await page.locator('.react-flow__node[data-id="wait"]').click();
  await expect(frame).toHaveCSS("width", "340px");
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
});

test("the list beside the canvas and the problems fold, and stay so", async ({ page, request }) => {
  const id = await saveDrawn(request);
  await openEditor(page, id);
  const list = page.getByRole("region", { name: "Node types" });
  const problem = page.getByRole("region", { name: "Problems" }).getByRole("listitem").first();
  const canvas = page.locator(".editor-canvas");
  await expect(list).toBeVisible();
  const before = (await canvas.boundingBox())?.width ?? 0;

  await page.getByRole("button", { name: "Node types and outline" }).click();
  await expect(list).toBeHidden();
  expect((await canvas.boundingBox())?.width).toBeGreaterThan(before + 200);
  await page.getByRole("button", { name: /^Problems/ }).click();
  await expect(problem).toBeHidden();
  await expectNoBarrier(page);
  await page.reload();
  await expect(page.locator(".react-flow__node").first()).toBeVisible();
  await expect(list).toBeHidden();
  await expect(problem).toBeHidden();

  await page.getByRole("button", { name: "Node types and outline" }).click();
  await page.getByRole("button", { name: /^Problems/ }).click();
  await expect(list).toBeVisible();
  await expect(problem).toBeVisible();
});

for (const [name, width, view] of [
  ["narrow", 1024, "graph"],
  ["both", 1440, "both"],
] as const) {
  test(`the inspector covers the canvas where that has too little room: ${name}`, async ({ page, request }) => {
    await page.setViewportSize({ width, height: 900 });
    const id = await saveDrawn(request);
    await page.goto(`/studio/workflows/${id}?view=${view}`);
    const canvas = page.locator(".editor-canvas");
    await page.locator('.react-flow__node[data-id="wait"]').waitFor();
    const before = (await canvas.boundingBox())?.width;
    await page.locator('.react-flow__node[data-id="wait"]').click();
    await expect(page.getByRole("region", { name: "Node wait" })).toBeVisible();

    expect((await canvas.boundingBox())?.width).toBe(before);
    const frame = page.locator(".inspector-frame");
    await expect(frame).toHaveCSS("position", "absolute");
    const left = (await frame.boundingBox())?.x ?? 0;
    await expect
      .poll(async () => {
        const box = await page.locator('.react-flow__node[data-id="wait"]').boundingBox();
        return (box?.x ?? 0) + (box?.width ?? 0);
      })
      .toBeLessThan(left);
    await page.screenshot({ path: `e2e/shots/inspector-${name}.png` });
  });
}
