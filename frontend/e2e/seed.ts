/** Workflows for the tests of this folder, made through the API. */

import type { APIRequestContext } from "@playwright/test";

type Data = Record<string, unknown>;

export interface Drawn {
  nodes: [id: string, type: string, data?: Data][];
  /** "a>b", or "a:handle>b". */
  edges: string[];
}

/** A saved workflow that only starts by hand; its id. */
export async function save(request: APIRequestContext, name: string, { nodes, edges }: Drawn): Promise<string> {
  const graph = {
    nodes: nodes.map(([id, type, data = {}]) => ({ id, type, data })),
    edges: edges.map((text, index) => {
      const [from = "", target = ""] = text.split(">");
      const [source = "", sourceHandle] = from.split(":");
      return { id: `e${index}`, source, target, sourceHandle };
    }),
  };
  const answer = await request.post("/workflows", { data: { name, trigger: null, graph } });
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

//   start ─▶ tick ─▶ again? ─▶ end
//             ◀──────┘
export function loop(rounds: number): Drawn {
  const counts = { "<": [{ var: "$steps.tick.visit" }, rounds] };
  return {
    nodes: [
      ["start", "start"],
      [
        "tick",
        "transform",
        { value: { visit: { "+": [{ var: "$steps.tick.visit" }, 1] }, is: "a tick" }, max_visits: rounds + 5 },
      ],
      [
        "again",
        "branch",
        {
          cases: [
            { label: "again", condition: counts },
            { label: "done", else: true },
          ],
          max_visits: rounds + 5,
        },
      ],
      ["end", "end"],
    ],
    edges: ["start>tick", "tick>again", "again:again>tick", "again:done>end"],
  };
}
