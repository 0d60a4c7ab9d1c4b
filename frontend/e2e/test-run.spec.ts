/** Tests of a draft: all of it, the way to one node, and one node on what a step recorded. */

import { expectNoBarrier } from "./barriers";
import { type Drawn, ended, save, start } from "./seed";
import { expect, test } from "./studio";

//   start ──▶ route ─┬─ hot ──▶ tell ──▶ last
//                    └─ cold ─▶ drop
const LEADS: Drawn = {
  nodes: [
    ["start", "start"],
    [
      "route",
      "branch",
      {
        cases: [
          { label: "hot", condition: { ">": [{ var: "lead.score" }, 75] } },
          { label: "cold", else: true },
        ],
      },
    ],
    ["tell", "send_notification", { toRole: "AE", message: "A lead of {{ lead.score }}" }],
    ["last", "transform", { value: 1 }],
    ["drop", "transform", { value: 0 }],
  ],
  edges: ["start>route", "route:hot>tell", "tell>last", "route:cold>drop"],
};

test("a draft is tested up to a node, and its steps are shown as they come", async ({ page, request }) => {
  const id = await save(request, "Tested", LEADS);
  await page.goto(`/studio/workflows/${id}`);
  await page.locator('.react-flow__node[data-id="tell"]').click();
  const inspector = page.getByRole("region", { name: "Node tell" });
  await inspector.getByLabel("message", { exact: false }).first().fill("Draft of {{ lead.score }}");

  await page.getByRole("button", { name: "Test", exact: true }).click();
  const panel = page.getByRole("region", { name: "Test", exact: true });
  await panel.getByText("Up to this node").click();
  await expect(page.locator(".react-flow__node.has-effect")).toHaveCount(1);
  await panel.getByLabel("Payload").fill('{"lead": {"score": 90}}');
  await panel.getByRole("button", { name: "Runs for real: 1 × Send notification" }).click();

  await expect(panel.getByText("Completed").first()).toBeVisible();
  const strip = panel.getByRole("list", { name: "Steps of the test" });
  await expect(strip.getByRole("button")).toHaveText([/start/, /route/, /tell/]);
  await expect(panel.getByRole("region", { name: "Output of tell" })).toContainText("Draft of 90");
  await expect(page.locator('.react-flow__node[data-id="tell"] [data-pattern]')).toBeVisible();
  await expect(page.locator('.react-flow__node[data-id="last"] [data-pattern]')).toHaveCount(0);
  await expectNoBarrier(page);

  await page.reload();
  await page.getByRole("button", { name: "Continue" }).click();
  await expect(panel.getByRole("region", { name: "Output of tell" })).toContainText("Draft of 90");
  const saved = await (await request.get(`/workflows/${id}`)).json();
  expect([saved.version, saved.graph.nodes[2].data.message]).toEqual([1, "A lead of {{ lead.score }}"]);
  expect(await (await request.get(`/executions?workflow_id=${id}`)).json()).toEqual([]);
});

test("a step of an execution gives its input to the test of its node", async ({ page, request }) => {
  const id = await save(request, "Recorded", LEADS);
  const execution = await start(request, id, { lead: { score: 80 } });
  await ended(request, execution, "COMPLETED");
  await page.goto(`/studio/executions/${execution}?node=tell`);

  await page.getByRole("link", { name: "Use as test data" }).click();

  const panel = page.getByRole("region", { name: "Test", exact: true });
  await expect(panel.getByRole("radio", { name: "This node only" })).toBeChecked();
  await expect(panel.getByLabel("Input of tell")).toHaveValue(/"label": "hot"/);
  await panel.getByRole("button", { name: /^Runs for real/ }).click();
  await expect(panel.getByRole("region", { name: "Output of tell" })).toContainText("A lead of 80");
  const strip = panel.getByRole("list", { name: "Steps of the test" });
  await expect(strip.getByRole("button", { name: /start recorded/ })).toBeVisible();
  await panel.getByRole("link", { name: "Open this test" }).click();
  await expect(page.getByText("test of tell only")).toBeVisible();
  await expect(page.getByRole("button", { name: "Fork…" })).toHaveCount(0);
});

test("the button that runs a test is in sight in a window of 1280 × 900", async ({ page, request }) => {
  await page.setViewportSize({ width: 1280, height: 900 });
  const id = await save(request, "Small window", LEADS);
  await page.goto(`/studio/workflows/${id}`);
  await page.locator(".react-flow__node").first().waitFor();

  await page.getByRole("button", { name: "Test", exact: true }).click();

  const lines = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key${index}`, index]));
  await page.getByLabel("Payload").fill(JSON.stringify({ lead: { score: 1 }, ...lines }, null, 2));
  const run = page.getByRole("button", { name: /^(Runs for real|Run the test)/ });
  await expect(run).toBeEnabled();
  await expect(run).toBeInViewport({ ratio: 1 });
  await page.screenshot({ path: "e2e/shots/test-small.png" });
});
