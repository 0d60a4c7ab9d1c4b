/** A second API on the database of the stack: with other settings, such as AUTH=oidc, or one that may be killed. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "./studio";

const BACKEND = new URL("../../backend", import.meta.url).pathname;
const PYTHON = new URL("../../.venv/bin/python", import.meta.url).pathname;
const SETTINGS = join(process.env.STUDIO_DATA ?? "", "stack.env");

/** Skip the test where the settings of the stack are not known. */
export function needStackSettings(): void {
  test.skip(!existsSync(SETTINGS), "STUDIO_DATA does not name the data of the stack, so no second API can be started.");
}

export class SecondApi {
  private child: ChildProcess | undefined;

  private constructor(
    readonly url: string,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  static async start(settings: Record<string, string> = {}): Promise<SecondApi> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const env = {
      ...process.env,
      ...readSettings(),
      PUBLIC_URL: url,
      EXTERNAL_URL: url,
      PORT: String(port),
      ...settings,
    };
    const api = new SecondApi(url, env);
    await api.resume();
    return api;
  }

  /** Start it, or start it again. */
  async resume(): Promise<void> {
    const command = ["-m", "uvicorn", "app.main:app", "--port", new URL(this.url).port, "--log-level", "warning"];
    this.child = spawn(PYTHON, command, { cwd: BACKEND, env: this.env, stdio: ["ignore", "ignore", "inherit"] });
    for (;;) {
      if (this.child.exitCode !== null) throw new Error("The second API has ended.");
      if (await answers(`${this.url}/health`)) return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async kill(): Promise<void> {
    if (!this.child || this.child.exitCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await ended;
  }
}

/** An OpenID provider on a port, as the tests of the backend have it. */
export class OpenIdProvider {
  private constructor(
    readonly issuer: string,
    private readonly child: ChildProcess,
    private readonly lines: AsyncIterator<string>,
  ) {}

  static async start(): Promise<OpenIdProvider> {
    const child = spawn(PYTHON, ["-m", "tests.access.openid_provider"], {
      cwd: BACKEND,
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
    const { value: issuer } = await lines.next();
    return new OpenIdProvider(issuer, child, lines);
  }

  /** The claims of the person who signs in next. */
  async expectPerson(claims: { sub: string; email: string; groups: string[] }): Promise<void> {
    this.child.stdin?.write(`${JSON.stringify(claims)}\n`);
    await this.lines.next();
  }

  stop(): void {
    this.child.stdin?.end();
  }
}

function readSettings(): Record<string, string> {
  const lines = readFileSync(SETTINGS, "utf8").split("\n");
  return Object.fromEntries(
    lines.filter((line) => line.includes("=")).map((line) => [line.split("=")[0], line.slice(line.indexOf("=") + 1)]),
  );
}

async function answers(address: string): Promise<boolean> {
  try {
    return (await fetch(address)).ok;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
