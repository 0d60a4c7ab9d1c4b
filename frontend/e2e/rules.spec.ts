/** Writing rules by mouse and by keyboard: what is not edited stays as it is. */

import { expectSaved, openTrigger, pressSave, type Rule, row, save, scene, triggerOf } from "./ruleScene";
import { expect, test } from "./studio";

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
