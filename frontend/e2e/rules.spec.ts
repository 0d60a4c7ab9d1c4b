/** Writing rules: the trigger of a workflow by mouse and by keyboard, against events, and nothing of a rule is lost. */

import AxeBuilder from "@axe-core/playwright";
import type { APIRequestContext, Page } from "@playwright/test";
import { expect, test } from "./studio";

type Rule = Record<string, unknown>;

const GRAPH = { nodes: [{ id: "start", type: "start" }], edges: [] };
let number = 0;

/** A source of events that no other test has. */
function newSource(): string {
  number += 1;
  return `rules ${Date.now()} ${number}`;
}

async function save(request: APIRequestContext, trigger: unknown): Promise<string> {
  const body = { name: newSource(), trigger, graph: GRAPH };
  const answer = await request.post("/workflows", { data: body });
  expect(answer.ok(), await answer.text()).toBe(true);
  return (await answer.json()).id;
}

/** A trigger for scores above 75 of a source, and four events of it. */
async function scene(request: APIRequestContext): Promise<{ id: string; source: string }> {
  const source = newSource();
  for (const score of [60, 70, 80, 90]) await request.post("/events", { data: { source, score, tags: ["a"] } });
  const trigger = { and: [{ "==": [{ var: "source" }, source] }, { ">": [{ var: "score" }, 75] }] };
  return { id: await save(request, trigger), source };
}

async function openTrigger(page: Page, id: string): Promise<void> {
  await page.goto(`/studio/workflows/${id}?tab=trigger`);
  await expect(page.getByText("Trigger", { exact: true }).first()).toBeVisible();
}

function row(page: Page, name: RegExp | string) {
  return page.getByRole("tree", { name: "Trigger", exact: true }).getByRole("treeitem", { name });
}

async function triggerOf(request: APIRequestContext, id: string): Promise<Rule> {
  return (await (await request.get(`/workflows/${id}`)).json()).trigger;
}

async function pressSave(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Save" }).click();
  await expectSaved(page);
}

async function expectSaved(page: Page): Promise<void> {
  await expect(page.getByRole("status").filter({ hasText: /^Version/ })).toBeVisible();
}

async function expectNoBarrier(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
    .analyze();
  expect(violations.map((each) => `${each.id} ${each.nodes[0]?.html}`)).toEqual([]);
}

test("a condition is changed against events, and saved", async ({ page, request }) => {
  const { id, source } = await scene(request);
  await openTrigger(page, id);
  const against = page.getByRole("region", { name: "Against recent events" });
  await expect(against.getByRole("status")).toContainText("Matches 2 of");

  await row(page, "score is more than 75").click();
  await page.getByRole("textbox", { name: "Value" }).fill("65");
  await expect(against.getByRole("status")).toContainText("Matches 3 of");
  await page.getByLabel("Operator").selectOption("is at least");
  await page.getByRole("textbox", { name: "Value" }).fill("60");
  await expect(against.getByRole("status")).toContainText("Matches 4 of");
  await page.getByRole("button", { name: "Done" }).click();
  await against
    .getByRole("button", { name: /score 70/ })
    .first()
    .click();
  await expect(row(page, "true: score is at least 60, was 70")).toBeVisible();
  await expect(against.getByRole("tree")).toContainText("score");

  await pressSave(page);
  expect(await triggerOf(request, id)).toEqual({
    and: [{ "==": [{ var: "source" }, source] }, { ">=": [{ var: "score" }, 60] }],
  });
});

test("a path is completed from events, and its type decides the value", async ({ page, request }) => {
  const { id } = await scene(request);
  await openTrigger(page, id);

  await page.getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("combobox", { name: "Path" }).fill("sco");
  const option = page.getByRole("option", { name: /^score/ });
  await expect(option).toContainText("in ");
  await option.click();
  await expect(page.getByLabel("Kind of value")).toHaveValue("number");
  await page.getByLabel("Operator").selectOption("is one of");
  const list = page.getByRole("combobox", { name: "Value", exact: true });
  await list.fill("80");
  await list.press("Enter");
  await page.getByRole("button", { name: "Done" }).click();
  await pressSave(page);
  const { and } = (await triggerOf(request, id)) as { and: Rule[] };
  expect(and[2]).toEqual({ in: [{ var: "score" }, [expect.any(Number), 80]] });
});

test("a rule is written by the keyboard alone", async ({ page, request }) => {
  const { id, source } = await scene(request);
  await openTrigger(page, id);
  await row(page, "all of these must hold").focus();

  // Move the second condition up, and wrap it.
  await page.keyboard.press("End");
  await expect(row(page, "score is more than 75")).toBeFocused();
  await page.keyboard.press("Alt+ArrowUp");
  await expect(row(page, "score is more than 75")).toBeFocused();
  await page.keyboard.press("Shift+F10");
  await expect(page.getByRole("menuitem", { name: "Wrap in not" })).toBeVisible();
  await page.getByRole("menuitem", { name: "Wrap in not" }).press("Enter");
  await expect(row(page, "this must not hold")).toBeFocused();
  // Turn the source off for a try: events of other tests match then.
  await page.keyboard.press("End");
  await page.keyboard.press("Control+/");
  await expect(row(page, /off for a try/)).toBeFocused();
  await expect(page.getByText("One condition is off for this try only", { exact: false })).toBeVisible();
  await page.keyboard.press("Control+/");
  // Edit the score.
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("85");
  await page.keyboard.press("Enter");
  await expect(row(page, "score is more than 85")).toBeFocused();
  await page.keyboard.press("Control+s");
  await expectSaved(page);

  expect(await triggerOf(request, id)).toEqual({
    and: [{ "!": { ">": [{ var: "score" }, 85] } }, { "==": [{ var: "source" }, source] }],
  });
  await row(page, "score is more than 85").focus();
  await page.keyboard.press("Delete");
  await expect(row(page, "this must not hold")).toHaveCount(0);
  await page.keyboard.press("Control+z");
  await expect(row(page, "this must not hold")).toBeVisible();
});

test("what a rule has besides is kept", async ({ page, request }) => {
  const rule = {
    and: [
      { "==": [{ var: ["lead.source", "none"] }, "LinkedIn"] },
      { some: [{ var: "items" }, { ">": [{ "*": [{ var: "price" }, { var: "count" }] }, 100] }] },
      { if: [{ "!!": [{ var: "a" }] }, true, { missing_some: [1, ["b", "c"]] }] },
      { "<=": [1, { var: "x" }, 10] },
      { "!": [{ in: [{ var: "country" }, ["DE", 7, null]] }] },
    ],
  };
  const id = await save(request, rule);
  await openTrigger(page, id);
  await expect(row(page, "x is from 1 to 10")).toBeVisible();
  await expect(row(page, "each item (price * count) is more than 100")).toBeVisible();

  await row(page, "x is from 1 to 10").click();
  await page.getByRole("textbox", { name: "Value 2" }).fill("12");
  await page.getByRole("button", { name: "Done" }).click();
  await pressSave(page);
  const expected = structuredClone(rule);
  expected.and[3] = { "<=": [1, { var: "x" }, 12] };
  expect(JSON.stringify(await triggerOf(request, id))).toBe(JSON.stringify(expected));
});

test.describe("a rule that is refused", () => {
  test.use({ allowed: [/422/] });

  test("is named at its clause, and kept as it is", async ({ page, request }) => {
    const { id } = await scene(request);
    await openTrigger(page, id);
    await page.getByText("Text", { exact: true }).click();
    const text = page.getByRole("textbox", { name: "Trigger as JSON" });

    await text.fill('{"and": [{"is_vip": [1]}, {"==": [1 2]}]}');
    await expect(page.getByText(/line 1 column 37/)).toBeVisible();
    await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
    await text.fill('{"and": [{"==": [{"var": "id"}, 9007199254740993]}]}');
    await expect(page.getByText("A browser cannot hold the number 9007199254740993", { exact: false })).toBeVisible();
    await text.fill('{"and": [{"is_vip": [1]}, {"==": [1, 1]}]}');
    await page.getByText("Conditions", { exact: true }).click();
    await expect(row(page, /is_vip.*kept as it is.*not known/)).toBeVisible();
    await expect(page.getByRole("button", { name: "Save" })).toBeDisabled();
    await row(page, /is_vip/)
      .getByRole("button", { name: "Actions" })
      .click();
    await expect(page.getByRole("menuitem", { name: "Edit", exact: true })).toHaveCount(0);
    await page.getByRole("menuitem", { name: "Delete" }).click();
    await pressSave(page);
    expect(await triggerOf(request, id)).toEqual({ and: [{ "==": [1, 1] }] });
  });
});

test("the trigger and the graph are one draft", async ({ page, request }) => {
  const { id } = await scene(request);
  await openTrigger(page, id);
  await row(page, "score is more than 75").click();
  await page.getByRole("textbox", { name: "Value" }).fill("76");
  await page.getByRole("tab", { name: "Graph" }).click();
  await expect(page.getByRole("button", { name: "Save" })).toBeEnabled();
  await page.getByRole("button", { name: "Transform" }).click();
  await expect(page.locator('.react-flow__node[data-id="transform"]')).toBeVisible();
  await page.getByRole("tab", { name: "Trigger" }).click();
  await expect(row(page, "score is more than 76")).toBeVisible();
  await pressSave(page);

  const { trigger, graph } = await (await request.get(`/workflows/${id}`)).json();
  expect(JSON.stringify(trigger)).toContain("76");
  expect(graph.nodes).toHaveLength(2);
});

test.describe("when somebody else has saved", () => {
  test.use({ allowed: [/412/] });

  test("both changes are combined", async ({ page, request }) => {
    const { id } = await scene(request);
    await openTrigger(page, id);
    await row(page, "score is more than 75").click();
    await page.getByRole("textbox", { name: "Value" }).fill("77");
    const trigger = await triggerOf(request, id);
    await request.put(`/workflows/${id}`, { data: { name: "Renamed", trigger, graph: GRAPH } });

    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Combine both" }).click();
    await page.getByRole("button", { name: "Save" }).click();
    await expectSaved(page);
    const now = await (await request.get(`/workflows/${id}`)).json();
    expect(now.name).toBe("Renamed");
    expect(JSON.stringify(now.trigger)).toContain("77");
  });
});

test("a workflow without a trigger gets one, and tries it on the past", async ({ page, request }) => {
  const { source } = await scene(request);
  const id = await save(request, null);
  await openTrigger(page, id);
  await expect(page.getByText("no event starts this workflow", { exact: false })).toBeVisible();
  await page.getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("combobox", { name: "Path" }).fill("source");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Add a condition" }).click();
  await page.getByRole("combobox", { name: "Path" }).fill("source");
  const value = page.getByRole("combobox", { name: "Value", exact: true });
  await value.fill(source);
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("region", { name: "Against recent events" })).toContainText("Matches 4 of");

  await page.getByRole("link", { name: "Backtest", exact: true }).click();
  await expect(page.getByRole("heading", { name: /^Backtest/ })).toBeVisible();
  await expect(page.getByText(source).first()).toBeVisible();
});

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

for (const scheme of ["light", "dark"] as const) {
  test(`the cases of a branch have no barrier: ${scheme}`, async ({ page, request }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await openBranch(page, await branched(request));
    const hot = page.getByRole("region", { name: "Case hot" });
    await hot.getByRole("button", { name: "if score is more than 75" }).click();
    await hot.getByRole("treeitem").first().click();
    await page.screenshot({ path: `e2e/shots/cases-${scheme}.png` });
    await expectNoBarrier(page);
    await page.goto("/studio/backtest");
    await expect(page.getByRole("treeitem").first()).toBeVisible();
    await page.screenshot({ path: `e2e/shots/backtest-rule-${scheme}.png` });
    await expectNoBarrier(page);
  });
}

for (const scheme of ["light", "dark"] as const) {
  for (const [name, width] of Object.entries({ wide: 1440, phone: 390 })) {
    test(`the trigger has no barrier: ${scheme}, ${name}`, async ({ page, request }) => {
      const { id } = await scene(request);
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
      await page.setViewportSize({ width, height: 900 });
      await openTrigger(page, id);
      await page
        .getByRole("button", { name: /score 70/ })
        .first()
        .click();
      await expect(row(page, /score is more than 75, was 70/)).toBeVisible();
      await page.screenshot({ path: `e2e/shots/trigger-${scheme}-${name}.png`, fullPage: true });
      await expectNoBarrier(page);
      await row(page, /score is more than 75/).click();
      await expect(page.getByLabel("Operator")).toBeVisible();
      await page.screenshot({ path: `e2e/shots/trigger-edit-${scheme}-${name}.png`, fullPage: true });
      await expectNoBarrier(page);
      await page.getByRole("button", { name: "Done" }).click();
      await row(page, /score is more than 75/)
        .getByRole("button", { name: "Actions" })
        .click();
      await expect(page.getByRole("menuitem", { name: "Wrap in not" })).toBeVisible();
      await page.screenshot({ path: `e2e/shots/trigger-menu-${scheme}-${name}.png`, fullPage: true });
      await expectNoBarrier(page);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(overflow).toBeLessThanOrEqual(0);
    });
  }
}
