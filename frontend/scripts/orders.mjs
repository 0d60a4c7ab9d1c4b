/** The workflow that the pictures show: orders are approved if they are large, charged and shipped. */

const WORKFLOW = "Order fulfilment";
const TYPE = "order.placed";

/** What starts it: an order from these countries of more than 1,000, by express or of a customer who ordered before. */
const TRIGGER = {
  and: [
    { "==": [{ var: "type" }, TYPE] },
    { in: [{ var: "order.country" }, ["DE", "AT", "CH"]] },
    { ">": [{ var: "order.total" }, 1000] },
    { or: [{ "==": [{ var: "order.express" }, true] }, { ">=": [{ var: "customer.orders" }, 3] }] },
  ],
};

//                          ┌─▶ refuse              ┌─▶ reserve ─┐
//   start ─▶ large ─┬─▶ approve ─▶ charge ─────────┼─▶ invoice ─┼─▶ ship
//                   └──────────────▶               └─▶ parcel ──┘
function graph(demo, slow) {
  const items = [
    ["start", "start", 0, 120, { label: "Order placed" }],
    [
      "large",
      "branch",
      260,
      120,
      {
        label: "Large order?",
        cases: [
          { label: "large", condition: { ">": [{ var: "order.total" }, 1500] } },
          { label: "usual", else: true },
        ],
      },
    ],
    [
      "approve",
      "human_approval",
      520,
      20,
      {
        label: "Approve order",
        title: "Order {{ order.id }} of {{ order.total }} EUR",
        description: "The customer has bought here {{ customer.orders }} times.",
        approvers: ["ann@example.com", "ben@example.com"],
        max_wait_time: 86400,
        context: { customer: "{{ customer.name }}", total: "{{ order.total }}" },
      },
    ],
    ["refuse", "send_notification", 780, -70, { label: "Tell customer", toRole: "Customer", message: "Sorry." }],
    ["charge", "http_call", 780, 120, { label: "Charge card", method: "POST", url: `${demo}/payments/charge` }],
    ["reserve", "http_call", 1040, 20, { label: "Reserve stock", method: "POST", url: `${demo}/inventory/reserve` }],
    ["invoice", "http_call", 1040, 120, { label: "Print invoice", method: "POST", url: slow, timeout: 100 }],
    [
      "parcel",
      "wait_for_event",
      1040,
      220,
      {
        label: "Parcel handed over",
        condition: { and: [{ "==": [{ var: "type" }, "parcel.sent"] }, { "==": [{ var: "order.id" }, "A-1042"] }] },
      },
    ],
    [
      "ship",
      "send_notification",
      1300,
      120,
      { label: "Tell customer", toRole: "Customer", message: "Your order {{ order.id }} is on its way." },
    ],
  ];
  const ways = [
    ["start", "large"],
    ["large", "approve", "large"],
    ["large", "charge", "usual"],
    ["approve", "charge", "approved"],
    ["approve", "refuse", "rejected"],
    ["charge", "reserve"],
    ["charge", "invoice"],
    ["charge", "parcel"],
    ["reserve", "ship"],
    ["invoice", "ship"],
    ["parcel", "ship"],
  ];
  return {
    nodes: items.map(([id, type, x, y, data]) => ({ id, type, position: { x, y }, data })),
    edges: ways.map(([source, target, sourceHandle], index) => ({ id: `e${index}`, source, target, sourceHandle })),
  };
}

function order(id, total, express) {
  return {
    type: TYPE,
    order: { id, total, country: "DE", express, items: [{ product_id: "LAMP-2", quantity: 4 }] },
    customer: { name: "Mira Engel", orders: 7 },
  };
}

/** Save the workflow, start it once, and send an order that starts nothing; the ids of all three. */
export async function makeOrders(address, slow) {
  const ask = async (path, body) => {
    const method = body ? "POST" : "GET";
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(`${address}${path}`, { method, headers, body: body && JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return await answer.json();
  };
  const demo = await demoOf(ask);
  const description = "Asks about large orders, charges the card, and ships.";
  const saved = await ask("/workflows", { name: WORKFLOW, description, trigger: TRIGGER, graph: graph(demo, slow) });
  const { executions } = await ask("/events", order("A-1042", 1840, true));
  const execution = executions[0].id;
  const approval = await until(async () => (await ask(`/approvals?execution_id=${execution}`))[0]);
  await ask(`/approvals/${approval.id}/approve`, { approved_by: "ann@example.com", comment: "A good customer." });
  const missed = await ask("/events", order("A-1043", 940, true));
  return { workflow: saved.id, execution, missed: missed.event_id };
}

/** The address of the demo service, which the sample workflow calls. */
async function demoOf(ask) {
  const samples = await ask("/workflows?limit=200");
  const sample = await ask(`/workflows/${samples.find((each) => each.name === "Lead routing").id}`);
  return new URL(sample.graph.nodes.find((node) => node.type === "http_call").data.url).origin;
}

async function until(find) {
  for (;;) {
    const found = await find();
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
