/** Chooses one workflow, or all: from the list, or by an id that is pasted. */

import { Select, TextInput } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useMay } from "../../api/me";
import { rowsOf } from "../../api/pages";
import { workflowsQuery } from "../../api/workflows";

interface WorkflowFieldProps {
  value: string | null;
  onChange: (id: string | null) => void;
}

const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export function WorkflowField(props: WorkflowFieldProps) {
  const may = useMay();
  if (may("workflows:read")) return <Choice {...props} />;
  return (
    <TextInput
      label="Workflow"
      description="The id of one workflow; left empty, all."
      value={props.value ?? ""}
      onChange={(event) => props.onChange(event.currentTarget.value.trim() || null)}
    />
  );
}

function Choice({ value, onChange }: WorkflowFieldProps) {
  const [search, setSearch] = useState("");
  const list = useInfiniteQuery({ ...workflowsQuery(), refetchInterval: false });
  const known = rowsOf(list.data).map((workflow) => ({ value: workflow.id, label: workflow.name }));
  const ids = new Set(known.map((option) => option.value));
  const others = [value, ID.test(search.trim()) ? search.trim() : null].filter((id) => id !== null && !ids.has(id));
  return (
    <Select
      label="Workflow"
      description="Only events about the executions of this one."
      placeholder="All workflows"
      searchable
      clearable
      clearButtonProps={{ "aria-label": "All workflows" }}
      data={[...known, ...[...new Set(others)].map((id) => ({ value: id as string, label: id as string }))]}
      value={value}
      searchValue={search}
      onSearchChange={setSearch}
      nothingFoundMessage={list.hasNextPage ? "Paste the id of the workflow." : "No workflow has this name."}
      onChange={onChange}
    />
  );
}
