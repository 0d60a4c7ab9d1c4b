/** What templates of a form can refer to; a form without it completes nothing. */

import { createContext, useContext } from "react";

export interface TemplateHelp {
  /** Paths such as `payload.lead.score`. */
  paths: string[];
  /** A hook: the value that a template had in the newest execution; undefined: it is not known. */
  useValue: (template: string) => unknown;
}

const NONE: TemplateHelp = { paths: [], useValue: () => undefined };

export const TemplateContext = createContext<TemplateHelp>(NONE);

export function useTemplateHelp(): TemplateHelp {
  return useContext(TemplateContext);
}

/** A value in one line, cut. */
export function shortText(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
