/** A subscription as the form has it, and the body of its request. */

import type { NewSubscription, Subscription, SubscriptionChange } from "../../api/subscriptions";

export interface SubscriptionDraft {
  url: string;
  types: string[];
  /** Null: all workflows. */
  workflowId: string | null;
  /** Empty: one is made, or the saved one stays. */
  secret: string;
  isActive: boolean;
}

export function draftOf(saved: Subscription | undefined): SubscriptionDraft {
  return {
    url: saved?.url ?? "",
    types: saved?.types ?? ["trigraph.execution.failed"],
    workflowId: saved?.workflow_id ?? null,
    secret: "",
    isActive: saved?.is_active ?? true,
  };
}

export function newSubscriptionOf(draft: SubscriptionDraft): NewSubscription {
  return {
    url: draft.url.trim(),
    types: draft.types,
    workflow_id: draft.workflowId,
    ...(draft.secret.trim() && { secret: draft.secret.trim() }),
  };
}

export function changeOf(draft: SubscriptionDraft): SubscriptionChange {
  return { ...newSubscriptionOf(draft), is_active: draft.isActive };
}
