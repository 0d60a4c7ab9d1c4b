import { expect, it } from "vitest";
import type { WaitCause } from "../api/executions";
import { nearParts, offersOf, ownSentence, withoutEcho } from "./causes";

function cause(kind: WaitCause["kind"], sentence: string, more: Partial<WaitCause> = {}): WaitCause {
  const none = { node_id: null, since: null, until: null, execution_id: null, approval_id: null };
  return { kind, sentence, ...none, causes: [], actions: [], near: [], ...more };
}

const post = (label: string, path: string) => ({ label, method: "POST", path });

it("offers the request that ends a wait for a time", () => {
  const wake = post("Wake now", "/steps/1/wake");

  expect(offersOf(cause("timer", "Waits.", { node_id: "pause", actions: [wake] }))).toMatchObject({
    requests: [wake],
    nodeId: "pause",
    isOfWorkers: false,
  });
});

it("opens the inbox in place of a decision without its context", () => {
  const actions = [post("Approve", "/approvals/7/approve"), post("Reject", "/approvals/7/reject")];

  const offers = offersOf(cause("approval", "Waits.", { approval_id: "7", actions }));

  expect([offers.requests, offers.approvalId]).toEqual([[], "7"]);
});

it("leaves what cancels to the head of the page", () => {
  const running = cause("running", "Runs.", { actions: [post("Cancel", "/executions/1/cancel")] });

  expect(offersOf(running).requests).toEqual([]);
});

it("offers the page of the system where a worker is missing", () => {
  expect(offersOf(cause("no_worker", "No worker.")).isOfWorkers).toBe(true);
  expect(offersOf(cause("child", "Waits.")).hasChildren).toBe(true);
});

it("says the sentence of an inner cause once", () => {
  const inner = cause("retry", "Node b tries again.", { node_id: "b" });

  expect(ownSentence(cause("join", "Node m has 2 of 3. Node b tries again.", { causes: [inner] }))).toBe(
    "Node m has 2 of 3.",
  );
  expect(ownSentence(inner)).toBe("Node b tries again.");
});

it("takes the place of the only cause of another execution", () => {
  const inner = cause("approval", "Node ask waits.", { node_id: "ask", approval_id: "7" });
  const child = cause("approval", "Child 0: Node ask waits.", { execution_id: "c", causes: [inner] });

  expect(withoutEcho(child)).toMatchObject({ node_id: "ask", approval_id: "7", execution_id: "c", causes: [] });
});

it("reads the step and the event of a near miss", () => {
  expect(nearParts("/steps/1a/explain?event_id=2b")).toEqual({ stepId: "1a", eventId: "2b" });
  expect(nearParts("/events/2b")).toBeNull();
});
