/** Nodes that are found on the canvas, and gone along in run order. */

import type { Page } from "@playwright/test";
import { expectNoBarrier } from "./barriers";
import { openEditor, saveDrawn } from "./edited";
import { expect, test } from "./studio";

//   start ─▶ n1 ─▶ n2 ─▶ … ─▶ n40
const LONG = {
  nodes: [
    { id: "start", type: "start", position: { x: 0, y: 0 } },
    ...Array.from({ length: 40 }, (_, index) => ({
      id: `n${index + 1}`,
      type: "transform",
      position: { x: 280 * (index + 1), y: 0 },
      data: { value: index % 20 === 9 ? "a needle" : "hay" },
    })),
  ],
  edges: Array.from({ length: 40 }, (_, index) => ({ source: index ? `n${index}` : "start", target: `n${index + 1}` })),
};

async function expectInMiddle(page: Page, id: string): Promise<void> {
  await expect(page.getByRole("region", { name: `Node ${id}` })).toBeVisible();
  await expect(page.locator(".react-flow__node.selected")).toHaveAttribute("data-id", id);
  await expect
    .poll(async () => {
      const canvas = await page.locator(".editor-canvas").boundingBox();
      const box = await page.locator(`.react-flow__node[data-id="${id}"]`).boundingBox();
      if (!canvas || !box) return Number.POSITIVE_INFINITY;
      return Math.abs(box.x + box.width / 2 - canvas.x - canvas.width / 2);
    })
    .toBeLessThan(4);
}

test("a node is found by text in its data, and brought to the middle", async ({ page, request }) => {
  const id = await saveDrawn(request, { graph: LONG });
  await openEditor(page, id);

  await page.keyboard.press("Control+f");
  const field = page.getByRole("textbox", { name: "Find a node on the canvas" });
  await expect(field).toBeFocused();
  await field.fill("needle");
  await expect(page.getByRole("search").getByRole("status")).toHaveText("2 nodes");
  await field.press("Enter");
  await expectInMiddle(page, "n10");
  await field.press("Enter");
  await expectInMiddle(page, "n30");
  await expect(page.getByRole("search").getByRole("status")).toHaveText("2 of 2");
  await page.screenshot({ path: "e2e/shots/find.png" });
  await expectNoBarrier(page);
  await field.press("Enter");
  await expectInMiddle(page, "n10");
  await field.press("Shift+Enter");
  await expectInMiddle(page, "n30");
  await page.keyboard.press("Control+f");
  await page.keyboard.type("n7");
  await expect(page.getByRole("search").getByRole("status")).toHaveText("1 node");
  await page.keyboard.press("Enter");
  await expectInMiddle(page, "n7");

  await page.keyboard.press("Escape");
  await expect(field).toBeHidden();
  await expect(page.locator('.react-flow__node[data-id="n7"]')).toBeFocused();
  await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
});

test("brackets go along the nodes in run order", async ({ page, request }) => {
  const id = await saveDrawn(request, { graph: { ...LONG, nodes: [...LONG.nodes].reverse() } });
  await openEditor(page, id);

  await page.keyboard.press("]");
  await expect(page.getByRole("region", { name: "Node start" })).toBeVisible();
  await page.keyboard.press("]");
  await page.keyboard.press("]");
  await expect(page.getByRole("region", { name: "Node n2" })).toBeVisible();
  await page.keyboard.press("[");
  await expect(page.getByRole("region", { name: "Node n1" })).toBeVisible();
  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await expect(help.getByText("Next node in run order", { exact: true })).toBeVisible();
  await expect(help.getByText("Duplicate the selected nodes", { exact: true })).toBeVisible();
  await expect(help.getByText("Find a node", { exact: true })).toBeVisible();
});
