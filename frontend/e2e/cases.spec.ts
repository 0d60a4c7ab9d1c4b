/** Rules in the forms of nodes: the cases of a branch. */

import type { APIRequestContext, Page } from "@playwright/test";
import { expectNoBarrier } from "./barriers";
import { newSource, pressSave } from "./ruleScene";
import { expect, test } from "./studio";

const CASES = [
  { label: "hot", condition: { ">": [{ var: "score" }, 75] }, next: "gift", note: "kept" },
  { label: "warm", condition: { ">": [{ var: "score" }, 50] } },
  { label: "else", else: true },
];

/** A branch with three cases: one leads by its `next`, one by an edge. */
async function branched(request: APIRequestContext): Promise<string> {
  const nodes = [
    { id: "start", type: "start" },
    { id: "route", type: "branch", data: { cases: CASES } },
    { id: "gift", type: "transform", data: { value: 1 } },
    { id: "card", type: "transform", data: { value: 2 } },
  ];
  const edges = [
    { id: "1", source: "start", target: "route" },
    { id: "2", source: "route", target: "card", sourceHandle: "warm" },
  ];
  const body = { name: newSource(), trigger: null, graph: { nodes, edges } };
  return (await (await request.post("/workflows", { data: body })).json()).id;
}

async function openBranch(page: Page, id: string): Promise<void> {
  await page.goto(`/studio/workflows/${id}`);
  await page.locator('.react-flow__node[data-id="route"]').click();
  await expect(page.getByRole("region", { name: "Case hot" })).toBeVisible();
}

test("the cases of a branch are edited as rows", async ({ page, request }) => {
  const id = await branched(request);
  await openBranch(page, id);
  const hot = page.getByRole("region", { name: "Case hot" });

  await hot.getByRole("button", { name: "if score is more than 75" }).click();
  await hot.getByRole("treeitem", { name: "score is more than 75" }).click();
  await hot.getByRole("textbox", { name: "Value" }).fill("80");
  await hot.getByRole("button", { name: "Done" }).click();
  await page.getByLabel("Target of warm").selectOption("gift");
  await page.getByRole("button", { name: "Move warm up" }).click();
  await expect(page.getByRole("button", { name: "Move warm down" })).toBeEnabled();
  await expect(page.getByRole("button", { name: "Move hot down" })).toBeDisabled();
  await page.getByRole("button", { name: "Case", exact: true }).click();
  await page.getByRole("button", { name: "Delete case" }).click();
  await pressSave(page);

  const { graph } = await (await request.get(`/workflows/${id}`)).json();
  expect(graph.nodes[1].data.cases).toEqual([
    { ...CASES[1], next: "gift" },
    { ...CASES[0], condition: { ">": [{ var: "score" }, 80] } },
    CASES[2],
  ]);
});

test("an edge stays with the case that it leaves, whatever its label", async ({ page, request }) => {
  const id = await branched(request);
  await openBranch(page, id);

  await page.getByLabel("Label of case 2").fill("hot");
  await expect(page.getByText("Another case has this label.")).toBeVisible();
  await page.getByLabel("Label of case 2").fill("tepid");
  await page.getByLabel("Label of case 2").press("Enter");
  await expect(page.getByLabel("Target of tepid")).toBeVisible();
  await pressSave(page);

  const { graph } = await (await request.get(`/workflows/${id}`)).json();
  expect(graph.edges[1]).toMatchObject({ source: "route", target: "card", sourceHandle: "tepid" });
});

for (const scheme of ["light", "dark"] as const) {
  test(`the cases of a branch have no barrier: ${scheme}`, async ({ page, request }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await openBranch(page, await branched(request));
    const hot = page.getByRole("region", { name: "Case hot" });
    await hot.getByRole("button", { name: "if score is more than 75" }).click();
    await hot.getByRole("treeitem").first().click();
    await page.screenshot({ path: `e2e/shots/cases-${scheme}.png` });
    await expectNoBarrier(page, "cases");
    await page.goto("/studio/backtest");
    await expect(page.getByRole("treeitem").first()).toBeVisible();
    await page.screenshot({ path: `e2e/shots/backtest-rule-${scheme}.png` });
    await expectNoBarrier(page, "backtest");
  });
}
