/** What became of the last attempt of a delivery, in one line. */

import type { Delivery } from "../../api/subscriptions";

export function answerText(delivery: Pick<Delivery, "answer" | "error" | "attempts">): string {
  const status = delivery.answer?.status;
  if (delivery.error) return delivery.error;
  if (status !== undefined && status !== null) return `HTTP ${status}`;
  return delivery.attempts === 0 ? "Not sent yet" : "No answer";
}
