/** The examples of the first run: the samples that `make run` loads, and an event that starts each. */

export interface Example {
  name: string;
  text: string;
  /** The event that starts it. */
  event: Record<string, unknown>;
  /** The drawing on its card: boxes by column and row, and the lines between them. */
  boxes: [column: number, row: number][];
  lines: [from: number, to: number][];
  /** What is saved where no workflow has its name yet. */
  body: Record<string, unknown>;
}

const node = (id: string, type: string, x: number, y: number, data: Record<string, unknown> = {}) => ({
  id,
  type,
  position: { x, y },
  data,
});

const edge = (source: string, target: string, sourceHandle?: string) => ({
  id: `${source}-${target}`,
  source,
  target,
  ...(sourceHandle ? { sourceHandle } : {}),
});

const tell = (toRole: string, message: string) => ({ toRole, message });

export const EXAMPLES: Example[] = [
  {
    name: "Lead routing",
    text: "A good lead from LinkedIn: tell sales, wait a second, and send a gift to a CEO.",
    event: { lead: { source: "LinkedIn", score: 90, title: "CEO" } },
    boxes: [
      [0, 1],
      [1, 1],
      [2, 1],
      [3, 1],
      [4, 0],
      [4, 2],
    ],
    lines: [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [3, 5],
    ],
    body: {
      name: "Lead routing",
      description: "Routes good leads from LinkedIn.",
      trigger: { and: [{ "==": [{ var: "lead.source" }, "LinkedIn"] }, { ">": [{ var: "lead.score" }, 75] }] },
      graph: {
        nodes: [
          node("start", "start", 0, 0),
          node("notify", "send_notification", 220, 0, tell("AE", "New hot lead: {{ payload.lead.title }}")),
          node("wait", "delay", 440, 0, { ms: 1000 }),
          node("branch", "branch", 660, 0, {
            cases: [
              { label: "CEO", condition: { "==": [{ var: "lead.title" }, "CEO"] }, next: "gift" },
              { else: true, next: "drip" },
            ],
          }),
          node("gift", "send_notification", 880, -80, tell("AE", "Send the CEO a gift.")),
          node("drip", "send_notification", 880, 80, tell("Marketing", "Add the lead to the drip campaign.")),
        ],
        edges: [
          edge("start", "notify"),
          edge("notify", "wait"),
          edge("wait", "branch"),
          edge("branch", "gift", "CEO"),
          edge("branch", "drip", "else"),
        ],
      },
    },
  },
  {
    name: "Temperature control",
    text: "A high temperature: tell operations, and record it above 40 degrees.",
    event: { temp: 42 },
    boxes: [
      [0, 1],
      [1, 1],
      [2, 0],
      [3, 0],
      [2, 2],
    ],
    lines: [
      [0, 1],
      [1, 2],
      [2, 3],
      [1, 4],
    ],
    body: {
      name: "Temperature control",
      description: "Watches the temperature.",
      trigger: { ">": [{ var: "temp" }, 30] },
      graph: {
        nodes: [
          node("start", "start", 0, 0),
          node("check", "branch", 220, 0, {
            cases: [
              { label: "hot", condition: { ">": [{ var: "temp" }, 40] }, next: "alarm" },
              { else: true, next: "note" },
            ],
          }),
          node("alarm", "send_notification", 440, -80, tell("Operations", "It is {{ payload.temp }} degrees!")),
          node("note", "send_notification", 440, 80, tell("Operations", "It is {{ payload.temp }} degrees.")),
        ],
        edges: [edge("start", "check"), edge("check", "alarm", "hot"), edge("check", "note", "else")],
      },
    },
  },
];
