/** The name of the deployment in the header, so that nobody takes production for a place to try things. */

import { useQuery } from "@tanstack/react-query";
import { meQuery } from "../api/me";

/** Names of deployments in which a mistake is dear. */
const PRODUCTION = /^prod/i;

export function Environment() {
  const { data: me } = useQuery(meQuery());
  if (!me?.environment) return null;
  return (
    <span
      className="environment"
      data-production={PRODUCTION.test(me.environment) || undefined}
      title="The environment of this deployment"
    >
      {me.environment}
    </span>
  );
}
