/** A line under the header for what stops all work. */

import { useQuery } from "@tanstack/react-query";
import { useMay } from "../api/me";
import { healthQuery, systemQuery } from "../api/system";
import { useNow } from "../ui/useNow";
import { isWithoutWorkers, troubleOf } from "./trouble";

export function Banner() {
  const { data: health } = useQuery(healthQuery());
  const may = useMay();
  const now = useNow();
  const { data: system } = useQuery({
    ...systemQuery(),
    enabled: may("admin") && isWithoutWorkers(health?.services.workers),
  });
  const trouble = troubleOf(health, system, now);
  return trouble ? (
    <div className="shell-banner" role="alert">
      {trouble}
    </div>
  ) : null;
}
