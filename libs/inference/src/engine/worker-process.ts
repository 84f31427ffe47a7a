import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { TouchstoneError } from "@touchstone/core";
import type { FromWorker, Kept, Past, SessionSettings, Tensors, ToWorker } from "./protocol.ts";

export interface RunResult {
  readonly outputs: Tensors;
  readonly seconds: number;
}

/** The program's side of one worker: starts it, hands it one run at a time, and tells when it died. */
export class WorkerProcess {
  peakMemoryBytes = 0;
  #settings: SessionSettings;
  readonly #child: ChildProcess;
  readonly #known = new Set<string>();
  readonly #gone: Promise<void>;
  #pending: { resolve: (message: FromWorker) => void; reject: (error: Error) => void } | undefined;
  #next = 0;
  #dead: TouchstoneError | undefined;
  #errors = "";
  #ending = false;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
    // The worker needs nothing of the flags this program was started with (a test runner's, a debugger's).
    this.#child = fork(fileURLToPath(new URL("./worker.ts", import.meta.url)), [], {
      execArgv: [],
      serialization: "advanced",
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#errors = (this.#errors + chunk.toString()).slice(-4000);
    });
    this.#child.on("message", (message: FromWorker) => this.#receive(message));
    this.#child.on("error", (error) => this.#die(error.message));
    this.#gone = new Promise((resolve) => {
      this.#child.on("exit", (code, signal) => {
        this.#die(signal === null ? `exit code ${code}` : `signal ${signal}`);
        resolve();
      });
    });
    this.#keepProgramAlive(false);
    this.#send({ kind: "open", id: 0, settings });
  }

  get dead(): boolean {
    return this.#dead !== undefined;
  }

  /** One run; a second one may only be given when the first has ended. */
  async run(key: string, graph: () => Uint8Array, feeds: Tensors, past?: Past): Promise<RunResult> {
    if (this.#dead !== undefined) throw this.#dead;
    if (!this.#known.has(key)) {
      this.#send({ kind: "graph", key, bytes: graph() });
      this.#known.add(key);
    }
    const reply = await this.#ask((id) => ({ kind: "run", id, graph: key, feeds, past }));
    if (reply.kind === "done") {
      this.peakMemoryBytes = reply.peakMemoryBytes;
      return { outputs: reply.outputs, seconds: reply.seconds };
    }
    const { stage, message } = reply as FromWorker & { kind: "failed" };
    throw stage === "open" ? this.#unopened(message) : engineError("A run failed", message);
  }

  /** Keeps numbers of the last run, before the next one. */
  keep(rows: readonly Kept[]): void {
    if (this.#dead === undefined) this.#send({ kind: "keep", rows });
  }

  /** Closes what is open; later runs read their weights by these settings. Not during a run. */
  async open(settings: SessionSettings): Promise<void> {
    if (this.#dead !== undefined) return;
    this.#settings = settings;
    this.#known.clear();
    await this.#ask((id) => ({ kind: "open", id, settings }));
  }

  #ask(message: (id: number) => ToWorker): Promise<FromWorker> {
    this.#keepProgramAlive(true);
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#send(message(++this.#next));
    });
  }

  /** Ends the process at once, whatever it is doing. */
  async kill(): Promise<void> {
    if (this.#dead !== undefined) return;
    this.#awaitEnd();
    this.#child.kill("SIGKILL");
    await this.#gone;
  }

  async stop(): Promise<void> {
    if (this.#dead !== undefined) return;
    if (this.#pending !== undefined) return this.kill();
    this.#awaitEnd();
    this.#send({ kind: "stop" });
    await this.#gone;
  }

  #awaitEnd(): void {
    this.#ending = true;
    this.#keepProgramAlive(true);
  }

  #receive(message: FromWorker): void {
    const pending = this.#pending;
    if (message.id !== this.#next || pending === undefined) return;
    this.#pending = undefined;
    // A result may arrive between being told to end and the end, which is waited for.
    if (!this.#ending) this.#keepProgramAlive(false);
    pending.resolve(message);
  }

  #unopened(detail: string): TouchstoneError {
    const { provider } = this.#settings;
    if (provider === "cpu") return engineError("The model could not be opened", detail);
    return new TouchstoneError({
      code: "device-unavailable",
      family: "engine",
      // ONNX Runtime begins with the source line and the condition that failed.
      what: `The model could not be opened on this device (${detail.replace(/^.*was false\. /s, "").trim()}).`,
      value: provider,
      fix: "Install the device's driver (WebGPU on Linux needs a Vulkan loader and driver), or use `--device cpu`.",
    });
  }

  #die(reason: string): void {
    this.#dead ??= engineError(
      "A worker of the engine ended",
      [reason, this.#errors.trim()].filter(Boolean).join(": "),
    );
    this.#pending?.reject(this.#dead);
    this.#pending = undefined;
  }

  #send(message: ToWorker): void {
    // A failed send is a dead worker; its exit event tells the one who waits.
    this.#child.send(message, () => {});
  }

  /** An idle worker must not keep a finished program from ending. */
  #keepProgramAlive(alive: boolean): void {
    const method = alive ? "ref" : "unref";
    this.#child[method]();
    this.#child.channel?.[method]();
    (this.#child.stderr as unknown as { ref(): void; unref(): void } | null)?.[method]();
  }
}

function engineError(what: string, detail: string): TouchstoneError {
  return new TouchstoneError({
    code: "engine-failure",
    family: "engine",
    what: `${what} (${detail}).`,
    fix: "Run again; if it happens again, try `--device cpu` or a smaller tile, and `./touchstone doctor`.",
  });
}
