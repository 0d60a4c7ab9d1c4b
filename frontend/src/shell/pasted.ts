/** What the ids may be that somebody has pasted into the search. */

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

export interface Guess {
  id: string;
  label: string;
  /** An address of the studio. */
  to: string;
  search?: Record<string, string>;
}

/** The pages for these ids: one is an execution, a workflow or an event; two may be compared, or be an event and a workflow. */
export function guessesOf(text: string): Guess[] {
  const [first, second] = [...new Set(text.toLowerCase().match(ID) ?? [])];
  if (!first) return [];
  if (!second) {
    return [
      { id: "execution", label: `Execution ${first}`, to: `/executions/${first}` },
      { id: "workflow", label: `Workflow ${first}`, to: `/workflows/${first}` },
      { id: "event", label: `Event ${first}`, to: `/events/${first}` },
    ];
  }
  return [
    { id: "compare", label: "Compare these two executions", to: "/compare", search: { a: first, b: second } },
    { id: "why", label: "Why did the first, an event, start the second or not?", to: `/events/${first}/why/${second}` },
    {
      id: "why-2",
      label: "Why did the second, an event, start the first or not?",
      to: `/events/${second}/why/${first}`,
    },
  ];
}
