import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { ROOT } from "../src/places.ts";

const CLI = join(ROOT, "apps", "runner", "src", "cli.ts");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The real command in a process group of its own, as a terminal would start it. */
export class Cli {
  static readonly #all = new Set<Cli>();

  /** Ends what a test that failed has left running. */
  static endAll(): void {
    for (const cli of Cli.#all) if (cli.leftBehind) cli.signal("SIGKILL");
    Cli.#all.clear();
  }

  stdout = "";
  stderr = "";
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #closed: Promise<unknown>;
  #ended = false;

  constructor(args: readonly string[], script = CLI) {
    this.#child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    this.#child.stdout.setEncoding("utf8").on("data", (text: string) => (this.stdout += text));
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.stderr += text));
    this.#closed = once(this.#child, "close").then(() => (this.#ended = true));
    Cli.#all.add(this);
  }

  /** To every process of the group, as Ctrl-C in a terminal does. */
  signal(name: NodeJS.Signals): void {
    process.kill(-this.#child.pid!, name);
  }

  /** Resolves once stderr matches; fails if the command ends before. */
  async says(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.stderr)) {
      if (this.#ended) throw new Error(`the command ended without saying ${pattern}:\n${this.stdout}${this.stderr}`);
      await Promise.race([once(this.#child.stderr, "data"), this.#closed]);
    }
  }

  async ended(): Promise<Ended> {
    await this.#closed;
    const { exitCode: code, signalCode: signal } = this.#child;
    return { code, signal, stdout: this.stdout, stderr: this.stderr };
  }

  /** Whether a process of its group is still there. */
  get leftBehind(): boolean {
    try {
      process.kill(-this.#child.pid!, 0);
      return true;
    } catch {
      return false;
    }
  }
}

export function touchstone(...args: readonly string[]): Promise<Ended> {
  return new Cli(args).ended();
}

/** What a command printed as data. Throws where it failed. */
export async function dataOf(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await touchstone(...args);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
  return stdout;
}

/** The object that `--json` prints. Throws where the command failed, or printed anything beside it. */
export async function jsonOf<T>(...args: readonly string[]): Promise<T> {
  return JSON.parse(await dataOf(...args, "--json")) as T;
}

/**
 * Exit code and message of a command that was refused. Throws where it printed data, a stack trace, or anything but exactly
 * one message at the end.
 */
export function refusal({ code, stdout, stderr }: Ended): {
  readonly exitCode: number | null;
  readonly message: string;
} {
  const lines = stderr.trimEnd().split("\n");
  const messages = lines.filter((line) => /^(interrupted|[a-z]+(-[a-z]+)+): /.test(line));
  const clean = stdout === "" && !/^\s+at /m.test(stderr) && messages.length === 1 && messages[0] === lines.at(-1);
  if (!clean) throw new Error(`not one clean message:\n${stdout}${stderr}`);
  return { exitCode: code, message: messages[0]! };
}
