/** A line under the header for what stops all work. */

import { useQuery } from "@tanstack/react-query";
import { healthQuery, troubleOf } from "../api/system";

export function Banner() {
  const { data } = useQuery(healthQuery());
  const trouble = troubleOf(data);
  return trouble ? (
    <div className="shell-banner" role="alert">
      {trouble}
    </div>
  ) : null;
}
