/** Every page of the studio with something on it: its address, and what shows that it is complete. */

import type { APIRequestContext } from "@playwright/test";
import { APPROVAL, addHook, approvalOf, FAILING, FORGED, nameOf, save, start } from "./seed";

export type Pages = Record<string, [path: string, ready: string]>;

const LEAD = { source: "LinkedIn", score: 70, title: "CEO" };

/** Make what the pages show, and name them. */
export async function fill(request: APIRequestContext, isPhone: boolean): Promise<Pages> {
  const expenses = await save(request, "Expenses", APPROVAL);
  const waiting = await start(request, expenses, { amount: 1200 });
  const failed = await start(request, await save(request, "Publishing", FAILING));
  const approval = await approvalOf(request, waiting);
  const other = await start(request, expenses, { amount: 80 });
  const { id: decided } = await approvalOf(request, other);
  await request.post(`/approvals/${decided}/approve`, { data: {} });
  const { event_id: event } = await (await request.post("/events", { data: { lead: LEAD } })).json();
  const routing = await leadRouting(request);
  const hook = await addHook(request);
  await request.post(`/hooks/${hook}`, { data: {}, headers: FORGED });
  const { subscription, secret } = await fillSettings(request);
  const yaml = await saveTasks(request);
  return {
    overview: ["/", ".tile"],
    workflows: ["/workflows", ".row-link"],
    editor: [`/workflows/${routing}`, isPhone ? ".outline-row" : ".box"],
    text: [`/workflows/${routing}?view=both`, isPhone ? ".outline-row" : ".cm-content"],
    tasks: [`/workflows/${yaml}?view=text`, isPhone ? ".reader-text" : ".cm-content"],
    tested: [`/workflows/${routing}?test=new`, isPhone ? ".outline-row" : ".test-panel"],
    trigger: [`/workflows/${routing}?tab=trigger`, ".rule-editor"],
    versions: [`/workflows/${routing}?tab=versions`, "main .panel, main table"],
    settings: [`/workflows/${routing}?tab=settings`, "input"],
    runs: [`/workflows/${routing}?tab=executions`, "table, .panel h2"],
    executions: ["/executions", ".row-link"],
    tests: ["/executions?tests=with", ".row-link"],
    graph: [`/executions/${waiting}`, isPhone ? ".outline-row" : ".box"],
    step: [`/executions/${failed}?node=call`, ".step-values"],
    timeline: [`/executions/${waiting}?tab=timeline`, ".bar"],
    steps: [`/executions/${waiting}?tab=steps`, ".step-row"],
    events: ["/events", ".row-link"],
    near: ["/events?set=near", ".row-link"],
    event: [`/events/${event}`, "h2"],
    why: [`/events/${event}/why/${routing}`, "[role=treeitem]"],
    approvals: ["/approvals", ".inbox-list"],
    approval: [`/approvals?id=${approval.id}`, ".approval-facts"],
    rule: ["/backtest", ".rule-editor"],
    backtest: [`/workflows/${routing}/backtest`, ".rule-editor"],
    compare: [`/compare?a=${waiting}&b=${other}`, "table"],
    system: ["/system", ".figure"],
    hooks: ["/settings/hooks", ".row-link"],
    hook: [`/settings/hooks/${hook}`, "table"],
    subscriptions: ["/settings/subscriptions", ".row-link"],
    subscription: [`/settings/subscriptions/${subscription}`, "table, h2"],
    secrets: ["/settings/secrets", ".row-link"],
    secret: [`/settings/secrets?open=${secret}`, "[role=dialog]"],
    credentials: ["/settings/credentials", ".row-link"],
    keys: ["/settings/keys", ".row-link"],
    audit: ["/settings/audit", "table"],
    missing: ["/nothing", "h1"],
  };
}

/** Pages about things that do not exist. */
export const GONE: Record<string, string> = Object.fromEntries(
  ["workflows", "executions", "events", "settings/subscriptions"].map((noun) => [
    `gone-${noun.replace("settings/", "")}`,
    `/${noun}/0199c1f0-0a4b-7d21-8f6e-2b9d1c7a5e30`,
  ]),
);

/** Pages whose lists can have nothing to show, and whose questions can fail. */
export const LISTS: Record<string, string> = {
  overview: "/",
  workflows: "/workflows",
  executions: "/executions",
  events: "/events",
  approvals: "/approvals",
  system: "/system",
  hooks: "/settings/hooks",
  subscriptions: "/settings/subscriptions",
  secrets: "/settings/secrets",
  credentials: "/settings/credentials",
  keys: "/settings/keys",
  audit: "/settings/audit",
};

async function leadRouting(request: APIRequestContext): Promise<string> {
  const workflows = await (await request.get("/workflows?limit=200")).json();
  return workflows.find((each: { name: string }) => each.name === "Lead routing").id;
}

/** A subscription, a secret, a credential that names it, and a key. */
async function fillSettings(request: APIRequestContext): Promise<{ subscription: string; secret: string }> {
  const secret = nameOf("TOKEN");
  const url = "https://hooks.example.com/trigraph";
  const types = ["trigraph.execution.failed"];
  const { id } = await (await request.post("/subscriptions", { data: { url, types } })).json();
  await request.put(`/secrets/${secret}`, { data: { value: "a text that nobody can guess" } });
  await request.put(`/credentials/${nameOf("issues")}`, {
    data: { type: "bearer", token: secret, hosts: ["issues.example.com"] },
  });
  await request.post("/keys", { data: { name: nameOf("ci"), scopes: ["events:write"] } });
  return { subscription: id, secret };
}

async function saveTasks(request: APIRequestContext): Promise<string> {
  const definition_yaml = `name: ${nameOf("Nightly")}
tasks:
  - {id: load, activity_type: transform, config: {value: 1}}
  - {id: report, activity_type: transform, config: {value: 2}, depends_on: [load]}
`;
  return (await (await request.post("/workflows", { data: { definition_yaml } })).json()).id;
}
