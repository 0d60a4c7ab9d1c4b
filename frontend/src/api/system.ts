/** What the studio asks about the fleet. */

import { queryOptions } from "@tanstack/react-query";
import { getFleetHealth, getSystem } from "../client/sdk.gen";
import type { FleetHealth, SystemRead } from "../client/types.gen";
import { body } from "./http";
import { EVERY, every } from "./live";
import { ApiError } from "./problems";

export type System = SystemRead;
export type Health = FleetHealth;

export function systemQuery() {
  return queryOptions({
    queryKey: ["system"],
    queryFn: ({ signal }) => body(getSystem({ signal })),
    refetchInterval: every(EVERY.list),
  });
}

/** The health of the fleet; without Postgres the answer is 503, and says so. */
export function healthQuery() {
  return queryOptions({
    queryKey: ["health"],
    queryFn: async ({ signal }): Promise<Health> => {
      try {
        return await body(getFleetHealth({ signal }));
      } catch (error) {
        if (error instanceof ApiError && isHealth(error.answer)) return error.answer;
        throw error;
      }
    },
    refetchInterval: every(EVERY.counts),
  });
}

function isHealth(value: unknown): value is Health {
  return !!value && typeof value === "object" && "services" in value;
}
