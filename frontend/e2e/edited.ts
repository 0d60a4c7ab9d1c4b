/** A graph that is edited: saved, and opened in the editor. */

import { type APIRequestContext, expect, type Page } from "@playwright/test";

export const GRAPH = {
  viewport: { x: 1, y: 2, zoom: 0.5 },
  nodes: [
    { id: "start", type: "start", position: { x: 0, y: 0 }, data: { note: "kept" }, measured: { width: 9 } },
    { id: "wait", type: "delay", position: { x: 280, y: 0 }, data: { ms: 5, custom: [1, { a: null }] } },
  ],
  edges: [{ id: "e1", source: "start", target: "wait", animated: true, style: { stroke: "red" } }],
};

let number = 0;

export async function saveDrawn(request: APIRequestContext, more: object = {}): Promise<string> {
  number += 1;
  const body = { name: `Edited ${Date.now()} ${number}`, trigger: { "==": [1, 2] }, graph: GRAPH, ...more };
  return (await (await request.post("/workflows", { data: body })).json()).id;
}

export async function openEditor(page: Page, id: string): Promise<void> {
  await page.goto(`/studio/workflows/${id}`);
  await expect(page.locator(".react-flow__node").first()).toBeVisible();
}
