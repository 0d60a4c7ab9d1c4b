/** The id of the node on a canvas that has the focus of the keyboard. */

export function focusedNode(): string | undefined {
  return document.activeElement?.closest<HTMLElement>(".react-flow__node")?.dataset.id;
}
