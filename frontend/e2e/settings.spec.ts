/** The settings: one of each is created and deleted, and values are shown once. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { addHook, FORGED, nameOf } from "./seed";
import { expect, test } from "./studio";

async function remove(page: Page, verb = "Delete"): Promise<void> {
  await page.getByRole("button", { name: `${verb}…` }).click();
  await page.getByRole("dialog").getByRole("button", { name: verb, exact: true }).click();
}

test("a hook is created, lists a forged delivery, and is deleted", async ({ page, request }) => {
  const name = nameOf("repo");
  await page.goto("/studio/settings");
  await expect(page).toHaveURL(/\/settings\/hooks$/);
  await page.getByRole("button", { name: "New hook" }).first().click();
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("textbox", { name: "Name" }).fill(name);
  await drawer.getByRole("button", { name: "Make a secret" }).click();
  await drawer.getByRole("button", { name: "Create hook" }).click();
  await expect(drawer).toContainText("it is not shown again");
  await expect(drawer.locator(".once-value")).toHaveText(/^[0-9a-f]{64}$/);
  await drawer.getByRole("button", { name: "I have kept it" }).click();

  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  const answer = await request.post(`/hooks/${name}`, { data: { ref: "main" }, headers: FORGED });
  expect(answer.status()).toBe(401);
  const row = page.getByRole("table", { name: "Refused deliveries" }).getByRole("row", { name: /forged-1/ });
  await expect(row).toContainText("fits no secret of this hook");

  await remove(page);
  await expect(page).toHaveURL(/\/settings\/hooks$/);
  await expect(page.getByRole("link", { name })).toHaveCount(0);
});

test("a hook is switched off, and keeps its secret", async ({ page, request }) => {
  const name = await addHook(request);
  await page.goto(`/studio/settings/hooks/${name}`);
  await page.getByRole("button", { name: "Change" }).click();
  await page.getByRole("switch", { name: "Active" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Save" }).click();

  await expect(page.getByText("Off", { exact: true })).toBeVisible();
  expect(await (await request.get(`/hooks/${name}`)).json()).toMatchObject({ is_active: false, secrets: 1 });
});

test.describe("a receiver", () => {
  let receiver: Server;
  let url: string;

  test.beforeAll(async () => {
    receiver = createServer((_, answer) => answer.writeHead(204).end());
    await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
  });
  test.afterAll(() => {
    receiver.close();
  });

  test("gets deliveries, and one of them again", async ({ page, request }) => {
    await page.goto("/studio/settings/subscriptions");
    await page.getByRole("button", { name: "New subscription" }).first().click();
    const drawer = page.getByRole("dialog");
    await drawer.getByRole("textbox", { name: "URL" }).fill(url);
    await drawer.getByText("An execution has completed").click();
    await drawer.getByRole("button", { name: "Create subscription" }).click();
    await expect(drawer.locator(".once-value")).toHaveText(/^whsec_/);
    await drawer.getByRole("button", { name: "I have kept it" }).click();
    await expect(page).toHaveURL(/\/subscriptions\/[0-9a-f-]{36}$/);

    await request.post("/events", { data: { lead: { source: "LinkedIn", score: 90, title: "CEO" } } });
    const row = page.getByRole("row", { name: /execution\.completed/ }).first();
    // The test stack may not call private addresses: then the delivery is given up at once, and says why.
    await expect(row).toContainText(/Delivered|Given up/, { timeout: 30_000 });
    await row.getByRole("button", { name: "Send again" }).click();
    await expect(page.getByText("It is sent again", { exact: false })).toBeVisible();
    await row.getByRole("link").first().click();
    await expect(page.getByRole("dialog")).toContainText("trigraph.execution.completed");
    await page.keyboard.press("Escape");

    await remove(page);
    await expect(page).toHaveURL(/\/settings\/subscriptions$/);
  });
});

test("a secret and a credential that names it", async ({ page, request }) => {
  const secret = nameOf("TOKEN");
  const credential = nameOf("issues");
  await page.goto("/studio/settings/secrets");
  await page.getByRole("button", { name: "New secret" }).first().click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill(secret);
  await page.getByRole("dialog").getByLabel("Value", { exact: false }).first().fill("a text that nobody can guess");
  await page.getByRole("button", { name: "Create secret" }).click();
  await expect(page.getByRole("link", { name: secret })).toBeVisible();

  await page.getByRole("navigation", { name: "Settings" }).getByRole("link", { name: "Credentials" }).click();
  await page.getByRole("button", { name: "New credential" }).first().click();
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("textbox", { name: "Name" }).fill(credential);
  await drawer.getByLabel("Token", { exact: false }).first().fill(secret);
  await drawer.getByLabel("Hosts", { exact: false }).fill("issues.example.com");
  await drawer.getByRole("button", { name: "Create credential" }).click();
  await page.getByRole("link", { name: credential }).click();
  await expect(drawer.getByLabel("Token", { exact: false }).first()).toHaveValue(secret);
  const { used_by } = await (await request.get(`/secrets/${secret}`)).json();
  expect(used_by).toMatchObject([{ kind: "credential", name: credential }]);
  await remove(page);
  await expect(page.getByRole("link", { name: credential })).toHaveCount(0);

  await page.goto(`/studio/settings/secrets?open=${secret}`);
  await remove(page);
  await expect(page.getByRole("link", { name: secret })).toHaveCount(0);
});

test("a key is shown once, revoked, and both are in the audit", async ({ page }) => {
  const name = nameOf("ci");
  await page.goto("/studio/settings/keys");
  await page.getByRole("button", { name: "New key" }).first().click();
  const drawer = page.getByRole("dialog");
  await drawer.getByRole("textbox", { name: "Name" }).fill(name);
  await drawer.getByText("Send events").click();
  await drawer.getByRole("button", { name: "Create key" }).click();
  const text = await drawer.locator(".once-value").textContent();
  expect(text).toMatch(/^tg_/);
  await drawer.getByRole("button", { name: "I have kept it" }).click();
  await expect(page.getByText(text ?? "")).toHaveCount(0);

  await page.getByRole("link", { name }).click();
  await remove(page, "Revoke");
  await expect(page.getByRole("link", { name })).toHaveCount(0);

  await page.goto("/studio/settings/audit?thing=key&action=revoke");
  await expect(page.getByLabel("Thing", { exact: true }).first()).toHaveValue("key");
  await expect(page.getByRole("row", { name: new RegExp(name) })).toHaveCount(1);
  await page.getByRole("button", { name: "No filter" }).click();
  await expect(page).toHaveURL(/\/settings\/audit$/);
  await expect(page.getByRole("row", { name: new RegExp(name) })).toHaveCount(2);
});

test.describe("a refusal", () => {
  test.use({ allowed: [/422|409/] });

  test("is the sentence of the server", async ({ page }) => {
    await page.goto("/studio/settings/credentials");
    await page.getByRole("button", { name: "New credential" }).first().click();
    const drawer = page.getByRole("dialog");
    await drawer.getByRole("textbox", { name: "Name" }).fill(nameOf("wrong"));
    await drawer.getByLabel("Token", { exact: false }).first().fill("NOT_THERE");
    await drawer.getByLabel("Hosts", { exact: false }).fill("api.example.com");
    await drawer.getByRole("button", { name: "Create credential" }).click();
    await expect(drawer.getByRole("alert")).toContainText("token must be the name of a secret that exists");
  });

  test("says which setting is missing for secrets", async ({ page }) => {
    const detail = "SECRETS_KEY is not set, so nothing can be stored encrypted; set it and restart.";
    await page.route("**/secrets/TOKEN", (route) => route.fulfill({ status: 409, json: { detail } }));
    await page.goto("/studio/settings/secrets");
    await page.getByRole("button", { name: "New secret" }).first().click();
    await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("TOKEN");
    await page.getByRole("dialog").getByLabel("Value", { exact: false }).first().fill("some value");
    await page.getByRole("button", { name: "Create secret" }).click();
    await expect(page.getByRole("dialog").getByRole("alert")).toContainText(detail);
  });
});

test("what a key may not do is not offered", async ({ page }) => {
  const me = { name: "sales", kind: "key", scopes: ["secrets:write"], workflow_prefix: null, auth: "keys" };
  await page.route("**/me", (route) => route.fulfill({ json: me }));
  await page.goto("/studio/settings/hooks");

  const links = page.getByRole("navigation", { name: "Settings" }).getByRole("link");
  await expect(links).toHaveText(["Hooks", "Subscriptions", "Secrets", "Credentials"]);
  await expect(page.getByRole("navigation", { name: "Pages" }).getByRole("link")).toHaveText(["Settings"]);
});
