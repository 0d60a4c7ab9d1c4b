/** The trigger of a definition in any language: a member of the definition, or a part of its YAML. */

import { type Definition, isSame } from "./document";
import type { Language } from "./language";

const POINTER = "/trigger";

/** The rule; null where there is none. A member beside the text wins over the text, as it does when it is saved. */
export function triggerOf(definition: Definition, language: Language): unknown {
  return definition.trigger ?? language.valueAt(definition, POINTER) ?? null;
}

/** The definition with another rule, null removes it; null where only the text can be changed. */
export function withTrigger(definition: Definition, language: Language, rule: unknown): Definition | null {
  const { trigger, ...others } = definition;
  const written = language.name === "yaml" ? language.valueAt(definition, POINTER) : undefined;
  if (language.name === "yaml" && (trigger === undefined || isSame(trigger, written))) {
    return language.change(definition, "", { trigger: rule ?? undefined });
  }
  if (rule !== null) return { ...definition, trigger: rule };
  // Without a member the one in the text would count: an empty rule never matches.
  return written === undefined ? (others as Definition) : { ...definition, trigger: {} };
}
