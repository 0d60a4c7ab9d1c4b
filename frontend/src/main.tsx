/** Mounts the app. */

import { MantineProvider } from "@mantine/core";
import { Notifications } from "@mantine/notifications";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./mantine.css";
import "./ui/ui.css";
import { setUpClient } from "./api/http";
import { statusOf } from "./api/problems";
import { router } from "./routes";
import { cssVariables, theme } from "./theme";

setUpClient();

const queries = new QueryClient({
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
