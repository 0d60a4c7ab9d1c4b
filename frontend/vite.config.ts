import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = process.env.API_URL ?? "http://127.0.0.1:8000";

/** Pages of the settings are small and share much: one file is a third smaller than one for each. */
const SETTINGS = { name: "settings", test: /src\/settings\/(?!routes|tabs|audit\/filter)/ };

/** Values, their differences and explained rules are shown together. */
const VALUES = {
  name: "values",
  test: /src\/(ui\/(Json|json|Diff|diffLines|Notice)|api\/stepValues|rules\/(RuleTree|RuleRow|rows|marks|words|pointer|parts)|events\/DecisionBadge)/,
};

/** The panel of a step, and the list of steps. */
const STEPS = {
  name: "steps",
  test: /src\/executions\/(Step|Attempts|KeptMark|VisitPicker|Children|PreviousVisit|useChosenStep|TestData)/,
};

/** All icons. */
const ICONS = { name: "icons", test: /lucide-react/ };

/**
 * Modules that many pages share are one file: in small files of their own they compress worse, by 12 kB of 240.
 * It comes first, so that it imports none of the other groups: two that import each other cannot start.
 */
const SHARED = { name: "shared", minShareCount: 14 };

export default defineConfig({
  base: "/studio/",
  plugins: [react()],
  resolve: { alias: { "d3-color": new URL("src/canvas/noColour.ts", import.meta.url).pathname } },
  build: {
    manifest: true,
    target: "es2022",
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      output: {
        codeSplitting: { groups: [SHARED, SETTINGS, ICONS, VALUES, STEPS], includeDependenciesRecursively: false },
      },
    },
  },
  // Everything but the studio itself is answered by the API.
  server: { port: 5173, proxy: { "^(?!/studio)": api } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
