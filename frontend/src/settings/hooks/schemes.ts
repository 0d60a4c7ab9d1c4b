/** The schemes of hooks: their names for people, and where the sender shows the secret. */

import type { Scheme } from "../../api/hooks";

interface SchemeText {
  label: string;
  /** What the secret is, and where to find or enter it at the sender; null: the scheme has none. */
  secret: string | null;
  /** True where any text will do, so that the studio can make one. */
  isFree?: boolean;
}

export const SCHEMES: Record<Scheme, SchemeText> = {
  github: {
    label: "GitHub",
    secret: "Any long text. At GitHub: Settings → Webhooks → Add webhook, content type application/json.",
    isFree: true,
  },
  gitlab: { label: "GitLab", secret: "Any long text; at GitLab: Settings → Webhooks → Secret token.", isFree: true },
  stripe: { label: "Stripe", secret: "The signing secret of the destination, whsec_…, in Workbench → Webhooks." },
  slack: { label: "Slack", secret: "The signing secret of the app." },
  shopify: { label: "Shopify", secret: "The client secret of the app, or the key below Notifications → Webhooks." },
  twilio: { label: "Twilio", secret: "The auth token of the account." },
  standard: { label: "Standard Webhooks (Svix, Clerk and others)", secret: "It begins with whsec_." },
  hmac: { label: "HMAC in a header (Meta and others)", secret: "The text that the sender signs with.", isFree: true },
  basic: { label: "User and password", secret: "The user, a colon, and the password: user:password" },
  bearer: { label: "Bearer token", secret: "The token; it is sent in the header Authorization.", isFree: true },
  none: { label: "No proof: everybody may send", secret: null },
};

/** The options of a field that chooses a scheme. */
export const SCHEME_OPTIONS = Object.entries(SCHEMES).map(([value, { label }]) => ({ value, label }));

/** A text of 256 random bits. */
export function makeSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
