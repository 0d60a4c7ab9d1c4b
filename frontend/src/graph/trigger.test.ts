import { describe, expect, it } from "vitest";
import type { Definition } from "./document";
import { jsonLanguage } from "./jsonLanguage";
import { triggerOf, withTrigger } from "./trigger";
import { yamlLanguage } from "./yamlLanguage";

const rule = { ">": [{ var: "n" }, 1] };
const other = { ">": [{ var: "n" }, 2] };
const YAML = `# kept
name: greeting
trigger: {">": [{var: n}, 1]}
tasks:
  - {id: greet, activity_type: transform}
`;
const tasks = (more: object) => ({ name: "greeting", definition_yaml: YAML, ...more }) as unknown as Definition;

describe("the trigger of a definition", () => {
  it("is a member of those that are JSON, whatever their document is", () => {
    for (const [kind, document] of [
      ["graph", { graph: { nodes: [], edges: [] } }],
      ["dag", { dag: { nodes: [] } }],
      ["steps", { steps: [] }],
    ] as const) {
      const definition = { name: "W", trigger: rule, ...document } as unknown as Definition;
      const language = jsonLanguage(kind);

      expect(triggerOf(definition, language)).toBe(rule);
      expect(withTrigger(definition, language, other)).toEqual({ ...definition, trigger: other });
      expect(withTrigger(definition, language, null)).toEqual({ name: "W", ...document });
    }
  });

  it("is changed in the text where it is written there", () => {
    const changed = withTrigger(tasks({ trigger: rule }), yamlLanguage, other);

    expect(changed?.trigger).toBeUndefined();
    expect(triggerOf(changed as Definition, yamlLanguage)).toEqual(other);
    expect(changed?.definition_yaml).toContain("# kept");
    const removed = withTrigger(tasks({}), yamlLanguage, null) as Definition;
    expect(triggerOf(removed, yamlLanguage)).toBeNull();
  });

  it("is changed beside the text where it was set there", () => {
    const beside = tasks({ trigger: other });

    expect(withTrigger(beside, yamlLanguage, true)).toEqual({ ...beside, trigger: true });
    expect(withTrigger(beside, yamlLanguage, null)).toEqual({ ...beside, trigger: {} });
  });
});
