import { randomBytes } from "node:crypto";
import { defineConfig } from "@playwright/test";

const { STUDIO_URL, STUDIO_PORT = "8000", STUDIO_DATA = ".data", CHROMIUM = "/usr/bin/chromium" } = process.env;

export default defineConfig({
  testDir: "e2e",
  // Figures are measured by `npm run perf` only.
  testIgnore: process.env.PERF ? undefined : "perf*.spec.ts",
  // One browser at a time: the machines that run this have two cores.
  workers: 1,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: "list",
  use: {
    baseURL: STUDIO_URL ?? `http://127.0.0.1:${STUDIO_PORT}`,
    actionTimeout: 20_000,
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath: CHROMIUM, args: ["--no-sandbox"] },
  },
  webServer: STUDIO_URL
    ? undefined
    : {
        command: "exec ../.venv/bin/python -m app.scripts.run --follow-parent",
        cwd: "../backend",
        env: {
          PORT: STUDIO_PORT,
          DATA_DIR: STUDIO_DATA,
          WORKER_CONCURRENCY: "1",
          SECRETS_KEY: randomBytes(32).toString("base64"),
        },
        url: `http://127.0.0.1:${STUDIO_PORT}/workflows?limit=1`,
        timeout: 120_000,
        gracefulShutdown: { signal: "SIGTERM", timeout: 30_000 },
      },
});
