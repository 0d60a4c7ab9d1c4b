/** Mounts the app. */

import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./mantine.css";
import "./ui/ui.css";
import { setUpClient } from "./api/http";
import { meQuery } from "./api/me";
import { statusOf } from "./api/problems";
import { router } from "./routes";
import { cssVariables, theme } from "./theme";

setUpClient();

/** A session may end while a page is open: then the shell asks who is signed in, and shows the sign-in. */
function noteRefusal(error: Error): void {
  const { queryKey } = meQuery();
  if (statusOf(error) === 401 && statusOf(queries.getQueryState(queryKey)?.error) !== 401) {
    void queries.invalidateQueries({ queryKey });
  }
}

const queries: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noteRefusal }),
  mutationCache: new MutationCache({ onError: noteRefusal }),
  defaultOptions: {
    queries: {
      staleTime: 2000,
      // An answer of the API is not another one a second later; silence may be.
      retry: (failures, error) => failures < 2 && (statusOf(error) ?? 0) === 0,
      refetchOnWindowFocus: true,
      networkMode: "always",
    },
    mutations: { networkMode: "always" },
  },
});

const place = document.getElementById("root");
if (!place) throw new Error("The page has no place for the app.");

createRoot(place).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <Notifications position="bottom-right" />
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
