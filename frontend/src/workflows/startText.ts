/** When a workflow starts, in a few words: its schedule, or its trigger. */

type Rule = Record<string, unknown>;

const WORDS: Record<string, string> = {
  "==": "is",
  "===": "is",
  "!=": "is not",
  "!==": "is not",
  ">": "is more than",
  ">=": "is at least",
  "<": "is less than",
  "<=": "is at most",
};

/** The words; a part of a rule that has none is shown as it is written. */
export function startText(trigger: unknown, schedule: unknown): string {
  if (isObject(schedule) && typeof schedule.cron === "string") return `At ${schedule.cron}`;
  if (trigger === null || trigger === undefined || (isObject(trigger) && Object.keys(trigger).length === 0)) {
    return "By hand only";
  }
  return trigger === true ? "On every event" : ruleText(trigger);
}

function ruleText(rule: unknown): string {
  if (!isObject(rule)) return JSON.stringify(rule);
  const [[operator, given] = ["", null]] = Object.entries(rule);
  const args = Array.isArray(given) ? given : [given];
  if (operator === "var") return String(args[0]);
  if (operator === "and" || operator === "or") return args.map(ruleText).join(` ${operator} `);
  const words = WORDS[operator];
  if (words && args.length === 2) return `${ruleText(args[0])} ${words} ${ruleText(args[1])}`;
  if (operator === "in" && args.length === 2) return `${ruleText(args[0])} is in ${ruleText(args[1])}`;
  return JSON.stringify(rule);
}

function isObject(value: unknown): value is Rule {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
