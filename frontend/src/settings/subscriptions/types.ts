/** The types of events of the engine, in words. */

export const EVENT_TYPES = [
  { value: "trigraph.execution.started", label: "An execution has started" },
  { value: "trigraph.execution.waiting", label: "An execution waits" },
  { value: "trigraph.execution.completed", label: "An execution has completed" },
  { value: "trigraph.execution.failed", label: "An execution has failed" },
  { value: "trigraph.execution.cancelled", label: "An execution was cancelled" },
  { value: "trigraph.approval.requested", label: "An approval is requested" },
  { value: "trigraph.approval.decided", label: "An approval was decided" },
];

/** A type without the part that all of them begin with. */
export function shortType(type: string): string {
  return type.replace(/^trigraph\./, "");
}
