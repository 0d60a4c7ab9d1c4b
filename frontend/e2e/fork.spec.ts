/** Forks of an execution, and comparisons of two. */

import { ended, ROUTED, save, start } from "./seed";
import { expect, test } from "./studio";

test.describe("a fork", () => {
  test("changes the parameters of a node, and says what runs again", async ({ page, request }) => {
    const id = await start(request, await save(request, "Forked", ROUTED), { score: 70 });
    await ended(request, id, "COMPLETED");
    await page.goto(`/studio/executions/${id}?node=route`);
    await page.getByRole("button", { name: "Fork from here…" }).click();
    const dialog = page.getByRole("dialog");
    const plan = dialog.getByRole("region", { name: "What will happen" });
    await expect(plan.locator(".react-flow__node.mark-kept", { hasText: "start" })).toBeVisible();
    await expect(plan.locator(".react-flow__node.mark-begins", { hasText: "route" })).toBeVisible();

    await dialog.getByRole("tab", { name: "Parameters" }).click();
    const field = dialog.getByLabel("Parameters of route");
    await field.fill((await field.inputValue()).replace("85", "60"));
    await expect(dialog.getByRole("region", { name: "Changes of: Parameters of route" })).toContainText("60");
    await dialog.getByRole("button", { name: /^Fork \(/ }).click();

    const kinship = page.locator(".kinship");
    await expect(kinship).toContainText(`Fork of ${id.slice(-8)} from route · Compare with original`);
    await expect(page.locator('.react-flow__node [data-pattern="solid"]', { hasText: "tell" })).toBeVisible();
    const forked = new URL(page.url()).pathname.split("/").at(-1) as string;
    await page.getByRole("tab", { name: /^Steps/ }).click();
    const kept = page.locator(".step-row", { hasText: "start" });
    await expect(kept.getByRole("img", { name: /^Kept of the original/ })).toBeVisible();
    await kept.click();
    await page.getByRole("link", { name: "kept of the original" }).click();
    await expect(page).toHaveURL(new RegExp(`${id}.*node=start.*step=`));
    await expect(kinship).toContainText(`Forked as ${forked.slice(-8)}`);
    await kinship.getByRole("link", { name: forked.slice(-8) }).click();
    await kinship.getByRole("link", { name: "route" }).click();
    await expect(page.getByRole("complementary", { name: "Node route" })).toBeVisible();
    await expect(page).toHaveURL(new RegExp(id));
  });

  test("runs the current version, or one of its own", async ({ page, request }) => {
    const workflow = await save(request, "Versions", ROUTED);
    const id = await start(request, workflow, { score: 70 });
    await ended(request, id, "COMPLETED");
    const saved = await (await request.get(`/workflows/${workflow}`)).json();
    saved.graph.nodes[3].data.value = "tiny";
    await request.put(`/workflows/${workflow}`, { data: { name: saved.name, trigger: null, graph: saved.graph } });
    await page.goto(`/studio/executions/${id}?node=note`);
    await page.getByRole("button", { name: "Fork from here…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("tab", { name: "Version" }).click();

    await dialog.getByRole("radio", { name: "The current one, v2" }).check();
    await expect(dialog.getByRole("region", { name: "How the versions differ" })).toContainText("tiny");
    await dialog.getByRole("radio", { name: "A graph of its own" }).check();
    const field = dialog.getByLabel("Graph of the fork");
    await field.fill((await field.inputValue()).replace('"value": "small"', '"value": "own"'));
    await dialog.getByRole("button", { name: "Fork (1 step runs)" }).click();

    await expect(page.getByText("Fork of")).toBeVisible();
    await page.locator(".react-flow__node", { hasText: "note" }).click();
    await expect(page.getByRole("complementary", { name: "Node note" })).toContainText("own");
  });

  test.describe(() => {
    test.use({ allowed: [/409|422/] });

    test("that does not fit the past is refused in a sentence", async ({ page, request }) => {
      const id = await start(request, await save(request, "Unfit", ROUTED), { score: 70 });
      await ended(request, id, "COMPLETED");
      await page.goto(`/studio/executions/${id}?node=note`);
      await page.getByRole("button", { name: "Fork from here…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("tab", { name: "Version" }).click();
      await dialog.getByRole("radio", { name: "A graph of its own" }).check();
      const field = dialog.getByLabel("Graph of the fork");

      await field.fill(
        (await field.inputValue()).replace('"id": "note"', '"id": "other"').replace('"note"', '"other"'),
      );

      await expect(dialog.getByRole("alert")).toContainText("fork from this node or a step before");
      await expect(dialog.getByRole("button", { name: /^Fork/ })).toBeDisabled();
    });
  });
});

test.describe("a comparison", () => {
  test("that was made before an execution ended is made again", async ({ page, request }) => {
    const workflow = await save(request, "Compared early", ROUTED);
    const [a, b] = [await start(request, workflow, { score: 70 }), await start(request, workflow, { score: 99 })];
    for (const id of [a, b]) await ended(request, id, "COMPLETED");
    let asked = 0;
    await page.route(`**/executions/${a}/diff/${b}`, async (route) => {
      asked += 1;
      const first = asked === 1;
      const response = await route.fetch();
      const json = await response.json();
      await route.fulfill({ response, json: first ? { ...json, sentence: "Nothing differs yet." } : json });
    });

    await page.goto(`/studio/compare?a=${a}&b=${b}`);

    await expect(page.getByText("They went the same way until route, where")).toBeVisible();
  });

  test("draws where they parted, and shows values and conditions of both", async ({ page, request }) => {
    const workflow = await save(request, "Compared", ROUTED);
    const [a, b] = [await start(request, workflow, { score: 70 }), await start(request, workflow, { score: 99 })];
    for (const id of [a, b]) await ended(request, id, "COMPLETED");
    await page.goto(`/studio/compare?a=${a}&b=${b}`);
    await expect(page.getByText("They went the same way until route, where")).toBeVisible();
    await expect(page.locator(".react-flow__node.mark-differs", { hasText: "route" })).toBeVisible();
    await expect(page.locator(".react-flow__node.mark-a", { hasText: "only in A" })).toBeVisible();
    await expect(page.locator(".react-flow__node.mark-b", { hasText: "only in B" })).toBeVisible();

    await page.keyboard.press("]");
    await page.keyboard.press("]");
    const detail = page.getByRole("complementary", { name: "Node route in both" });
    await expect(detail.getByRole("region", { name: "Difference of the output" })).toContainText("large");
    await expect(detail.getByRole("tree", { name: "Condition of case large in A" })).toContainText("70");
    await expect(detail.getByRole("tree", { name: "Condition of case large in B" })).toContainText("99");
    await page.keyboard.press("[");
    await expect(page.getByRole("complementary", { name: "Node start in both" })).toBeVisible();

    await page.locator(".react-flow__node", { hasText: "tell" }).click();
    await expect(page.getByRole("complementary", { name: "Node tell in both" })).toContainText("Skipped");
  });

  test("says which nodes differ between versions", async ({ page, request }) => {
    const workflow = await save(request, "Newer", ROUTED);
    const a = await start(request, workflow, { score: 70 });
    const { name, graph } = await (await request.get(`/workflows/${workflow}`)).json();
    graph.nodes[3].data.value = "tiny";
    await request.put(`/workflows/${workflow}`, { data: { name, trigger: null, graph } });
    const b = await start(request, workflow, { score: 70 });
    for (const id of [a, b]) await ended(request, id, "COMPLETED");

    await page.goto(`/studio/compare?a=${a}&b=${b}`);

    await expect(page.getByText("v1 and v2: 1 node differs (note).")).toBeVisible();
    await expect(page.getByRole("row", { name: /^note/ })).toContainText("differs");
  });

  test.describe(() => {
    test.use({ allowed: [/409/] });

    test("of different workflows is refused with the reason", async ({ page, request }) => {
      const a = await start(request, await save(request, "Apples", ROUTED), { score: 1 });
      const b = await start(request, await save(request, "Pears", ROUTED), { score: 1 });

      await page.goto(`/studio/compare?a=${a}&b=${b}`);

      await expect(page.getByRole("alert")).toContainText("only executions of one workflow can be compared");
    });
  });
});
