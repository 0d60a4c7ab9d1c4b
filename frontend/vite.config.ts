import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const api = process.env.API_URL ?? "http://127.0.0.1:8000";

/** Pages of the settings are small and share much: one file is a third smaller than one for each. */
const SETTINGS = { name: "settings", test: /src\/settings\/(?!routes|tabs|audit\/filter)/ };

export default defineConfig({
  base: "/studio/",
  plugins: [react()],
  build: {
    manifest: true,
    target: "es2022",
    chunkSizeWarningLimit: 1000,
    rolldownOptions: { output: { codeSplitting: { groups: [SETTINGS], includeDependenciesRecursively: false } } },
  },
  // Everything but the studio itself is answered by the API.
  server: { port: 5173, proxy: { "^(?!/studio)": api } },
  test: { include: ["src/**/*.test.ts"], environment: "node" },
});
