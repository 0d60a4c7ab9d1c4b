/** Workflows for the tests of this folder, made through the API. */

import { type APIRequestContext, expect } from "@playwright/test";

type Data = Record<string, unknown>;

export interface Drawn {
  nodes: [id: string, type: string, data?: Data][];
  /** "a>b", or "a:handle>b". */
  edges: string[];
}

/** A saved workflow that only starts by hand, with limits such as `concurrency`; its id. */
export async function save(
  request: APIRequestContext,
  name: string,
  { nodes, edges }: Drawn,
  flow: Data = {},
): Promise<string> {
  const graph = {
    nodes: nodes.map(([id, type, data = {}]) => ({ id, type, data })),
    edges: edges.map((text, index) => {
      const [from = "", target = ""] = text.split(">");
      const [source = "", sourceHandle] = from.split(":");
      return { id: `e${index}`, source, target, sourceHandle };
    }),
  };
  const answer = await request.post("/workflows", { data: { name, trigger: null, graph, ...flow } });
  if (!answer.ok()) throw new Error(await answer.text());
  return (await answer.json()).id;
}

/** Start a workflow; the id of the execution. */
export async function start(request: APIRequestContext, workflow_id: string, payload: Data = {}): Promise<string> {
  return (await (await request.post("/executions", { data: { workflow_id, payload } })).json()).id;
}

//                          ┌─approved─▶ pay
//   start ─▶ manager ──────┤
//                          └─rejected─▶ sorry
export const APPROVAL: Drawn = {
  nodes: [
    ["start", "start"],
    [
      "manager",
      "human_approval",
      { label: "Manager approval", title: "Expense of {{ amount }} EUR", context: { amount: "{{ amount }}" } },
    ],
    ["pay", "transform", { label: "Pay it", value: 1 }],
    ["sorry", "transform", { label: "Explain", value: 2 }],
  ],
  edges: ["start>manager", "manager:approved>pay", "manager:rejected>sorry"],
};

//   start ─▶ call, which fails at once
export const FAILING: Drawn = {
  nodes: [
    ["start", "start"],
    ["call", "fail", { label: "Publish <b>now</b>", message: "No answer \u202efrom the press." }],
  ],
  edges: ["start>call"],
};

/** start ─▶ at ─▶ last */
export function line(type: string, data: Record<string, unknown>): Drawn {
  return {
    nodes: [
      ["start", "start"],
      ["at", type, data],
      ["last", "transform", { value: 1 }],
    ],
    edges: ["start>at", "at>last"],
  };
}

//   start ─▶ tick ─▶ again ─▶ end
//             ◀──────┘
/** A loop that is never left: it fails when it has run so often. */
export function loop(rounds: number): Drawn {
  const cases = [
    { label: "again", condition: { "!!": [{ var: "go" }] } },
    { label: "done", else: true },
  ];
  return {
    nodes: [
      ["start", "start"],
      ["tick", "transform", { value: { var: "go" }, max_visits: rounds }],
      ["again", "branch", { cases, max_visits: rounds }],
      ["end", "end"],
    ],
    edges: ["start>tick", "tick>again", "again:again>tick", "again:done>end"],
  };
}

/** Lanes of nodes one after another: `count` nodes in 20 lanes. */
export function lanes(count: number, type = "transform", data: Record<string, unknown> = { value: 1 }): Drawn {
  const ids = Array.from({ length: count - 1 }, (_, index) => `n${index}`);
  const edges = ids.map((id, index) => `${index < 20 ? "start" : ids[index - 20]}>${id}`);
  return {
    nodes: [["start", "start"], ...ids.map((id): Drawn["nodes"][number] => [id, type, data])],
    edges,
  };
}

//                   ┌─large─▶ tell
//   start ─▶ route ─┤
//                   └─small─▶ note
export const ROUTED: Drawn = {
  nodes: [
    ["start", "start"],
    [
      "route",
      "branch",
      {
        cases: [
          { label: "large", condition: { ">": [{ var: "score" }, 85] } },
          { label: "small", else: true },
        ],
      },
    ],
    ["tell", "send_notification", { to: "AE", message: "A large one." }],
    ["note", "transform", { value: "small" }],
  ],
  edges: ["start>route", "route:large>tell", "route:small>note"],
};

/** Waits until an execution has ended with this status. */
export async function ended(request: APIRequestContext, execution: string, status: string): Promise<void> {
  const read = async () => (await (await request.get(`/executions/${execution}/status`)).json()).status;
  await expect.poll(read, { timeout: 120_000 }).toBe(status);
}

/** The approval that an execution waits for, once it does. */
export async function approvalOf(request: APIRequestContext, execution: string): Promise<{ id: string }> {
  for (;;) {
    const [approval] = await (await request.get(`/approvals?execution_id=${execution}`)).json();
    if (approval) return approval;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The headers of a delivery that GitHub did not sign. */
export const FORGED = {
  "X-GitHub-Event": "push",
  "X-GitHub-Delivery": "forged-1",
  "X-Hub-Signature-256": "sha256=0000",
};

/** A name that no other run has used. */
export function nameOf(kind: string): string {
  return `${kind}-${Date.now().toString(36)}`;
}

/** A new hook of GitHub; its name. */
export async function addHook(request: APIRequestContext): Promise<string> {
  const name = nameOf("hook");
  await request.post("/hooks", { data: { name, scheme: "github", secret: "a long random text" } });
  return name;
}
