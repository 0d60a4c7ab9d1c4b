/** Definitions of tasks: their YAML, as it was sent. */

import { type Definition, isSame, MEMBERS } from "./document";
import type { Language, Reading } from "./language";
import { partsOf } from "./spans";
import { changeYaml, memberOf, readYaml, spansInYaml, valueInYaml } from "./yamlText";

export const yamlLanguage: Language = {
  name: "yaml",
  textOf,
  read: (text, old) => readTasks(text, old),
  spans: spansInYaml,
  valueAt: (definition, pointer) => valueInYaml(textOf(definition), pointer),
  change: (definition, pointer, changes) => {
    const text = changeYaml(textOf(definition), pointer, changes);
    return text === null ? null : withText(definition, text);
  },
};

function textOf(definition: Definition): string {
  return String(definition.definition_yaml ?? "");
}

function readTasks(text: string, old: Definition): Reading {
  const read = readYaml(text);
  return "value" in read ? { definition: withText(old, text) } : read;
}

/**
 * The definition with another text.
 *
 * A member beside the text wins over the text when it is saved: the members that only repeat the text are left out, so
 * that the text counts. Those that were set beside it are kept.
 */
function withText(old: Definition, text: string): Definition {
  if (text === textOf(old)) return old;
  const read = readYaml(textOf(old));
  const written = "value" in read ? read.value : {};
  const repeats = (key: string) => key !== "is_active" && isSame(old[key], memberOf(written, partsOf(`/${key}`)));
  const kept = Object.entries(old).filter(([key]) => !["name", ...MEMBERS].includes(key) || !repeats(key));
  return { ...Object.fromEntries(kept), definition_yaml: text } as unknown as Definition;
}
