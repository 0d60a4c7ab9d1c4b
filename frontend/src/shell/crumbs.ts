/** Where a page is, as the links that lead to it. */

import { NAV } from "./nav";

export interface Crumb {
  label: string;
  /** Absent for the page itself. */
  to?: string;
}

/** Pages between a list and what is below them, by the pattern of their addresses. */
const BETWEEN: [RegExp, string][] = [
  [/^(\/events\/[^/]+)\/why\//, "Event"],
  [/^(\/workflows\/[^/]+)\/backtest$/, "Workflow"],
];

/** The pages above this one, and the page itself with its title. */
export function crumbsOf(path: string, title: string): Crumb[] {
  const first = path === "/compare" ? "/executions" : `/${path.split("/")[1] ?? ""}`;
  const section = NAV.find((page) => page.to === first);
  if (!section) return [{ label: title }];
  if (path === section.to || path === `${section.to}/`) return [{ label: section.label }];
  const between = BETWEEN.flatMap(([pattern, label]) => {
    const found = path.match(pattern)?.[1];
    return found ? [{ label, to: found }] : [];
  });
  return [{ label: section.label, to: section.to }, ...between, { label: title }];
}
