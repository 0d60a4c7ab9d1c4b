/** `Ctrl K`: go to a page, a workflow, or anything by its id; or do something from anywhere. */

import { Spotlight, type SpotlightActionData, type SpotlightActionGroupData, spotlight } from "@mantine/spotlight";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Search } from "lucide-react";
import { useState } from "react";
import { useMay } from "../api/me";
import { rowsOf } from "../api/pages";
import { workflowsQuery } from "../api/workflows";
import { NAV } from "./nav";
import { guessesOf } from "./pasted";
import { useCommands } from "./useCommands";

export const openPalette = spotlight.open;

export function CommandPalette() {
  const [query, setQuery] = useState("");
  const actions = useActions(query);
  return (
    <Spotlight
      attributes={{ content: { "aria-label": "Search" } }}
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
      nothingFound="Nothing has this name. Paste an id to open what has it, or two ids to compare."
      searchProps={{
        leftSection: <Search size={17} />,
        placeholder: "A page, a workflow, a command, or an id",
        "aria-label": "Search",
      }}
    />
  );
}

function useActions(query: string): SpotlightActionGroupData[] {
  const navigate = useNavigate();
  const may = useMay();
  const { data } = useInfiniteQuery({
    ...workflowsQuery(),
    refetchInterval: false,
    enabled: may("workflows:read"),
  });
  const guesses = guessesOf(query).map(({ id, label, to, search }) => ({
    id,
    label,
    keywords: query,
    onClick: () => navigate({ to, search: search as never }),
  }));
  const pages = NAV.filter((page) => may(...page.scopes)).map((page) => ({
    id: page.to,
    label: page.label,
    description: page.keys,
    onClick: () => navigate({ to: page.to }),
  }));
  const workflows = rowsOf(data).map((workflow) => ({
    id: workflow.id,
    label: workflow.name,
    onClick: () => navigate({ to: "/workflows/$workflowId", params: { workflowId: workflow.id } }),
  }));
  return [
    groupOf("By id", guesses),
    groupOf("Pages", pages),
    groupOf("Commands", useCommands()),
    groupOf("Workflows", workflows),
  ].filter(({ actions }) => actions.length > 0);
}

function groupOf(group: string, actions: SpotlightActionData[]): SpotlightActionGroupData {
  return { group, actions };
}
