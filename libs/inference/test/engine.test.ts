import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";
import type { TouchstoneError } from "@touchstone/core";
import { expect, it } from "vitest";
import type { FixtureShape } from "../src/fixture/index.ts";
import { loadLanguageModel } from "../src/index.ts";
import { collect, disposable, fixture, PLAIN, request, SMALL } from "./models.ts";

/** Slow enough that one run lasts many seconds. */
const SLOW: FixtureShape = { layers: 6, width: 256, heads: 4, mlp: 704, vocabulary: 64, positions: 4096 };
const LONG = { ...PLAIN, maxTokens: 4000 };

async function failureOf(work: Promise<unknown>): Promise<{ error: TouchstoneError; seconds: number }> {
  const began = performance.now();
  const error = await work.then(
    () => Promise.reject(new Error("it did not fail")),
    (reason: unknown) => reason as TouchstoneError,
  );
  return { error, seconds: (performance.now() - began) / 1000 };
}

/** Process ids of the engine's workers that this process started (Linux). */
function workerIds(): number[] {
  const isWorker = (id: string) => {
    try {
      const [, parent] = /^\d+ \(.*\) \S (\d+)/.exec(readFileSync(`/proc/${id}/stat`, "utf8")) ?? [];
      return Number(parent) === process.pid && readFileSync(`/proc/${id}/cmdline`, "utf8").includes("engine/worker.ts");
    } catch {
      return false;
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && isWorker(name))
    .map(Number);
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}

it("returns within 2 seconds of an abort in the middle of a run, and draws again afterwards", async () => {
  await using model = disposable(await loadLanguageModel(await fixture(SLOW, { end: false }), { workers: 1 }));
  const controller = new AbortController();
  const drawing = collect(model, [request("long", { decoding: LONG })], { signal: controller.signal });
  drawing.catch(() => {});
  await pause(1500);
  controller.abort();
  const { error, seconds } = await failureOf(drawing);
  expect(seconds).toBeLessThan(2);
  expect(error).toMatchObject({ code: "interrupted", family: "interrupted", exitCode: 130 });
  const [samples] = await collect(model, [request("short", { count: 1 })]);
  expect(samples).toHaveLength(32);
});

it("refuses to start with a signal that has fired, and stops when its reader leaves", async () => {
  await using model = disposable(await loadLanguageModel(await fixture(), { tile: 4, workers: 1 }));
  const { error } = await failureOf(collect(model, [request("a")], { signal: AbortSignal.abort() }));
  expect(error.code).toBe("interrupted");
  for await (const batch of model.sample([request("many", { count: 400 })])) {
    expect(batch.samples).toHaveLength(4);
    break;
  }
  const [samples] = await collect(model, [request("few", { count: 4 })]);
  expect(samples).toHaveLength(4);
});

it.runIf(process.platform === "linux")("turns a crashed worker into an error, and draws again afterwards", async () => {
  await using model = disposable(await loadLanguageModel(await fixture(SLOW, { end: false }), { workers: 1 }));
  const drawing = collect(model, [request("long", { decoding: LONG })]);
  drawing.catch(() => {});
  await pause(1000);
  const [worker, ...others] = workerIds();
  expect(others).toEqual([]);
  process.kill(worker!, "SIGSEGV");
  const { error } = await failureOf(drawing);
  expect(error).toMatchObject({
    code: "engine-failure",
    family: "engine",
    message: expect.stringContaining("signal SIGSEGV") as string,
  });
  const [samples] = await collect(model, [request("short", { count: 1 })]);
  expect(samples).toHaveLength(32);
});

it("draws the same under a memory limit that lets fewer rows run at a time, and stays below it", async () => {
  const folder = await fixture({ ...SMALL, positions: 2048 }, { end: false });
  const requests = [request("memory", { count: 64, decoding: { ...PLAIN, maxTokens: 1000 } })];
  await using free = disposable(await loadLanguageModel(folder, { tile: 16, workers: 2 }));
  const memoryLimit = 2 * 100 * 2 ** 20 + 30 * 2 ** 20;
  await using limited = disposable(await loadLanguageModel(folder, { tile: 16, workers: 2, memoryLimit }));
  const drawn = await collect(limited, requests);
  expect(drawn).toEqual(await collect(free, requests));
  expect(limited.peakMemoryBytes).toBeGreaterThan(0);
  expect(limited.peakMemoryBytes).toBeLessThan(memoryLimit);
});

it("says which tile does not fit under the memory limit, and what to do", async () => {
  const folder = await fixture({ ...SMALL, positions: 200_000 }, { end: false });
  await using model = disposable(await loadLanguageModel(folder, { workers: 1, tile: 64, memoryLimit: 300 * 2 ** 20 }));
  const { error } = await failureOf(collect(model, [request("a", { decoding: { ...PLAIN, maxTokens: 100_000 } })]));
  expect(error).toMatchObject({
    code: "memory-limit",
    family: "engine",
    message: expect.stringContaining("declare a smaller tile") as string,
  });
});

it.each([
  [{ temperature: -1 }, "invalid-decoding", "temperature"],
  [{ topK: 1.5 }, "invalid-decoding", "topK"],
  [{ topP: 0 }, "invalid-decoding", "topP"],
  [{ maxTokens: 0 }, "invalid-decoding", "maxTokens"],
  [{ stop: [""] }, "invalid-decoding", "stop"],
  [{ maxTokens: 510 }, "context-too-long", "508 or less"],
])("refuses the decoding %o", async (change, code, words) => {
  await using model = disposable(await loadLanguageModel(await fixture()));
  const { error } = await failureOf(collect(model, [request("ab", { decoding: { ...PLAIN, ...change } })]));
  expect(error.code).toBe(code);
  expect(error.message).toContain(words);
});

it("refuses to be used after it was closed", async () => {
  const model = await loadLanguageModel(await fixture());
  await model.close();
  expect((await failureOf(collect(model, [request("a")]))).error.code).toBe("model-closed");
});

it.each([
  ["after close", "await model.close();"],
  ["without close", ""],
])("lets the program end %s", async (_, last) => {
  const folder = await fixture();
  const program = `
    import { loadLanguageModel } from "${import.meta.resolve("../src/index.ts")}";
    const model = await loadLanguageModel(${JSON.stringify(folder)}, { tile: 4 });
    for await (const batch of model.sample([${JSON.stringify(request("end"))}])) console.log(batch.samples.length);
    ${last}`;
  const run = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program], { timeout: 30_000 });
  expect(await run).toEqual({ stdout: "4\n4\n", stderr: "" });
});
