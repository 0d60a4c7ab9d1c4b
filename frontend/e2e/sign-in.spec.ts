/** Signing in with a key and at an OpenID provider, what a scope does not allow, and the end of a session. */

import type { Page } from "@playwright/test";
import { needStackSettings, OpenIdProvider, SecondApi } from "./api";
import { expectNoBarrier } from "./barriers";
import { expect, test } from "./studio";

const ADMIN = `tg_${"a".repeat(50)}`;
/** Buttons that change something. */
const WRITES = /^(Send|New|Start|Save|Run|Delete|Approve|Reject|Retry|Fork|Pause|Cancel)\b/;
const AUTHORIZED = { Authorization: `Bearer ${ADMIN}` };

test.describe.configure({ mode: "serial" });
// The page asks who is signed in, and the answer to a stranger is 401.
test.use({ allowed: [/401/] });

let provider: OpenIdProvider;
let api: SecondApi;

test.beforeAll(async () => {
  test.setTimeout(120_000);
  needStackSettings();
  provider = await OpenIdProvider.start();
  api = await SecondApi.start({
    AUTH: "oidc",
    ADMIN_KEY: ADMIN,
    OIDC_ISSUER: provider.issuer,
    OIDC_AUDIENCE: "studio",
    OIDC_CLIENT_ID: "studio",
    OIDC_SCOPES: "ops=admin; sales=workflows:read,executions:read; deciders=approvals:decide",
  });
});

test.afterAll(async () => {
  await api?.kill();
  provider?.stop();
});

async function makeKey(name: string, scopes: string[]): Promise<{ id: string; key: string }> {
  const answer = await fetch(`${api.url}/keys`, {
    method: "POST",
    headers: { ...AUTHORIZED, "Content-Type": "application/json" },
    body: JSON.stringify({ name, scopes }),
  });
  return await answer.json();
}

async function signIn(page: Page, key: string, path = ""): Promise<void> {
  await page.goto(`${api.url}/studio${path}`);
  await page.getByLabel("API key", { exact: true }).fill(key);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

test("a key opens a session and a sign-out ends it", async ({ page }) => {
  await page.goto(`${api.url}/studio/executions`);
  await expect(page.getByRole("heading", { name: "Sign in to Trigraph" })).toBeVisible();
  await expectNoBarrier(page, "sign-in");
  await page.screenshot({ path: "e2e/shots/sign-in-light-wide.png" });
  await signIn(page, "tg_wrong", "/executions");
  await expect(page.getByText("is not", { exact: false })).toBeVisible();

  await signIn(page, ADMIN, "/executions");
  await expect(page.getByRole("heading", { level: 1, name: "Executions" })).toBeVisible();
  const [cookie] = await page.context().cookies();
  expect(cookie).toMatchObject({ httpOnly: true });
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain("tg_");

  await page.getByRole("button", { name: /^Signed in as/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in to Trigraph" })).toBeVisible();
  await page.goto(`${api.url}/studio/workflows`);
  await expect(page.getByRole("heading", { name: "Sign in to Trigraph" })).toBeVisible();
});

test("a person signs in at the provider and is back where she was", async ({ page }) => {
  await provider.expectPerson({ sub: "u1", email: "ann@example.com", groups: ["sales"] });
  await page.goto(`${api.url}/studio/executions?status=FAILED`);

  await page.getByRole("link", { name: "Sign in with your account" }).click();

  await expect(page).toHaveURL(`${api.url}/studio/executions?status=FAILED`);
  await expect(page.getByRole("heading", { level: 1, name: "Executions" })).toBeVisible();
  await expect(page.getByRole("button", { name: "Signed in as ann@example.com" })).toBeVisible();
});

test("a user who may only read is offered nothing that writes", async ({ page }) => {
  const { key } = await makeKey("reader", ["workflows:read", "executions:read"]);
  const refused: string[] = [];
  page.on("response", (answer) => answer.status() === 403 && refused.push(answer.url()));
  await signIn(page, key);
  await expect(page.getByRole("heading", { level: 1, name: "Overview" })).toBeVisible();
  await expect(page.getByRole("navigation", { name: "Pages" }).getByRole("link")).toHaveText([
    "Overview",
    "Workflows",
    "Executions",
    "Events",
    /^Approvals/,
  ]);

  for (const path of ["/", "/workflows", "/events", "/executions", "/approvals"]) {
    await page.goto(`${api.url}/studio${path}`);
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByRole("status", { name: "Loading" })).toHaveCount(0);
    await expect(page.getByRole("button", { name: WRITES })).toHaveCount(0);
  }
  await page.goto(`${api.url}/studio/workflows?q=Lead%20routing`);
  await page.getByRole("link", { name: "Lead routing" }).click();
  await expect(page.locator(".box").first()).toBeVisible();
  await expect(page.getByRole("button", { name: /^(Save|Run|Delete|Restore)\b/ })).toHaveCount(0);
  expect(refused).toEqual([]);
});

test("a session that ends asks to sign in and loses nothing", async ({ page }) => {
  const { id, key } = await makeKey("short", ["workflows:write", "executions:read"]);
  await signIn(page, key, "/executions?status=FAILED");
  await expect(page.getByRole("heading", { level: 1, name: "Executions" })).toBeVisible();

  await fetch(`${api.url}/keys/${id}`, { method: "DELETE", headers: AUTHORIZED });

  await expect(page.getByRole("heading", { name: "Sign in to Trigraph" })).toBeVisible({ timeout: 60_000 });
  const { key: another } = await makeKey("next", ["executions:read"]);
  await page.getByLabel("API key", { exact: true }).fill(another);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page).toHaveURL(/status=FAILED/);
  await expect(page.getByRole("heading", { level: 1, name: "Executions" })).toBeVisible();
});
