import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import type { Fault, SeenRequest, ServerSettings } from "./settings.ts";

export type { Fault, FaultKind, Flavour, SeenRequest, ServedFolder, ServerSettings } from "./settings.ts";

/** A server in a process of its own. */
export interface ModelServer extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`. */
  readonly url: string;
  readonly port: number;
  /** What goes wrong from now on; replaces what went wrong before. */
  setFaults(faults: readonly Fault[]): Promise<void>;
  /** What was asked so far, in order. */
  seen(): Promise<readonly SeenRequest[]>;
  /** Ends the process without a word, as a crash does. */
  kill(): Promise<void>;
}

/**
 * Starts a server of the OpenAI protocol in the flavour of one of those that are in use, backed by the project's own engine on models of
 * this machine: its answers are right until a fault is injected.
 */
export async function startModelServer(settings: ServerSettings): Promise<ModelServer> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "serve.ts"), JSON.stringify(settings)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  const port = await new Promise<number>((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the test server ended with ${code}`)));
    createInterface({ input: child.stdout }).on("line", (line) => {
      const [word, number] = line.split(" ");
      if (word === "listening") resolve(Number(number));
    });
  });
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    setFaults: async (faults) => {
      await fetch(`${url}/testkit/faults`, { method: "POST", body: JSON.stringify(faults) });
    },
    seen: async () => (await (await fetch(`${url}/testkit/seen`)).json()) as readonly SeenRequest[],
    kill: async () => {
      child.kill("SIGKILL");
      await ended;
    },
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
