/** Triggers and events for the tests of rules, and how a rule is found on the page. */

import type { APIRequestContext, Page } from "@playwright/test";
import { expect } from "./studio";

export type Rule = Record<string, unknown>;

export const GRAPH = { nodes: [{ id: "start", type: "start" }], edges: [] };
let number = 0;

/** A source of events that no other test has. */
export function newSource(): string {
  number += 1;
  return `rules ${Date.now()} ${number}`;
}

export async function save(request: APIRequestContext, trigger: unknown): Promise<string> {
  const body = { name: newSource(), trigger, graph: GRAPH };
  const answer = await request.post("/workflows", { data: body });
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()).id;
}

/** A trigger for scores above 75 of a source, and four events of it. */
export async function scene(request: APIRequestContext): Promise<{ id: string; source: string }> {
  const source = newSource();
  for (const score of [60, 70, 80, 90]) await request.post("/events", { data: { source, score, tags: ["a"] } });
  const trigger = { and: [{ "==": [{ var: "source" }, source] }, { ">": [{ var: "score" }, 75] }] };
  return { id: await save(request, trigger), source };
}

export async function openTrigger(page: Page, id: string): Promise<void> {
  await page.goto(`/studio/workflows/${id}?tab=trigger`);
  await expect(page.getByText("Trigger", { exact: true }).first()).toBeVisible();
}

export function row(page: Page, name: RegExp | string) {
  return page.getByRole("tree", { name: "Trigger", exact: true }).getByRole("treeitem", { name });
}

export async function triggerOf(request: APIRequestContext, id: string): Promise<Rule> {
  return (await (await request.get(`/workflows/${id}`)).json()).trigger;
}

export async function pressSave(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Save" }).click();
  await expectSaved(page);
}

export async function expectSaved(page: Page): Promise<void> {
  await expect(page.getByRole("status").filter({ hasText: /^Version/ })).toBeVisible();
}
