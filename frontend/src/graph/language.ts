/** The text of a definition: the language that the workflows of a kind are written in. */

import type { Definition } from "./document";
import type { Span } from "./spans";

/** Why a text is no definition. */
export interface TextFault {
  /** From 1; null: the reader does not say. */
  line: number | null;
  message: string;
}

export type Reading = { definition: Definition } | { fault: TextFault };

export interface Language {
  name: "json" | "yaml";
  textOf: (definition: Definition) => string;
  /** The definition of a text that was typed in place of that of `old`. */
  read: (text: string, old: Definition) => Reading;
  /** Where the values of pointers are in the text of a definition. */
  spans: (text: string, pointers: Iterable<string>) => Map<string, Span>;
  /** The value at a pointer of a problem or a node; undefined: there is none. */
  valueAt: (definition: Definition, pointer: string) => unknown;
  /** Other members for the object at a pointer, undefined removes one; null where only the text can be changed. */
  change: (definition: Definition, pointer: string, changes: Record<string, unknown>) => Definition | null;
}
