/** `Ctrl K`: go to a page, a workflow, or anything by its id. */

import { Spotlight, type SpotlightActionData } from "@mantine/spotlight";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useState } from "react";
import { rowsOf } from "../api/pages";
import { workflowsQuery } from "../api/workflows";
import { NAV } from "./nav";

const ID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi;

export function CommandPalette() {
  const [query, setQuery] = useState("");
  const actions = useActions(query);
  return (
    <Spotlight
      actions={actions}
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      limit={12}
      highlightQuery
      scrollable
      maxHeight={420}
      // It scrolls, so the keyboard has to reach it.
      scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}
      nothingFound="Nothing has this name. Paste an id to open what has it."
      searchProps={{
        leftSection: <Search size={17} />,
        placeholder: "A page, a workflow, or an id",
        "aria-label": "Search",
      }}
    />
  );
}

function useActions(query: string): SpotlightActionData[] {
  const navigate = useNavigate();
  const { data } = useInfiniteQuery({ ...workflowsQuery(), refetchInterval: false });
  const [id] = query.match(ID) ?? [];
  const pages = NAV.map((page) => ({
    id: page.to,
    label: page.label,
    description: `Page · ${page.keys}`,
    onClick: () => navigate({ to: page.to }),
  }));
  const workflows = rowsOf(data).map((workflow) => ({
    id: workflow.id,
    label: workflow.name,
    description: "Workflow",
    onClick: () => navigate({ to: "/workflows/$workflowId", params: { workflowId: workflow.id } }),
  }));
  return [...(id ? idActions(query, id, navigate) : []), ...pages, ...workflows];
}

/** What an id that was pasted may be. */
function idActions(query: string, id: string, navigate: ReturnType<typeof useNavigate>): SpotlightActionData[] {
  return [
    {
      id: "execution",
      label: `Execution ${id}`,
      keywords: query,
      onClick: () => navigate({ to: "/executions/$executionId", params: { executionId: id } }),
    },
    {
      id: "workflow",
      label: `Workflow ${id}`,
      keywords: query,
      onClick: () => navigate({ to: "/workflows/$workflowId", params: { workflowId: id } }),
    },
  ];
}
