/** The filters of the list of workflows. */

import { Group, NativeSelect, SegmentedControl } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { SearchField } from "../ui/SearchField";
import { KINDS, type WorkflowsSearch } from "./search";

const route = getRouteApi("/workflows");

export function WorkflowFilters({ search }: { search: WorkflowsSearch }) {
  const navigate = route.useNavigate();
  const narrow = (change: WorkflowsSearch) =>
    navigate({ search: (old: WorkflowsSearch) => ({ ...old, ...change }), replace: true });
  return (
    <Group gap="sm">
      <SearchField label="Filter by name" value={search.q} onChange={(q) => narrow({ q })} isFirst />
      <SegmentedControl
        size="xs"
        aria-label="Kind"
        value={search.kind ?? "all"}
        data={[{ value: "all", label: "All" }, ...KINDS]}
        onChange={(value) => narrow({ kind: KINDS.find((kind) => kind === value) })}
      />
      <NativeSelect
        size="xs"
        aria-label="Active"
        value={search.active ?? ""}
        data={[
          { value: "", label: "Active or not" },
          { value: "yes", label: "Active" },
          { value: "no", label: "Inactive" },
        ]}
        onChange={(event) => narrow({ active: (event.currentTarget.value || undefined) as WorkflowsSearch["active"] })}
      />
      <div className="chips">
        <button
          type="button"
          aria-pressed={search.failing === "yes"}
          title="An execution of the last 24 hours failed"
          onClick={() => narrow({ failing: search.failing ? undefined : "yes" })}
        >
          Failing
        </button>
      </div>
    </Group>
  );
}
