import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { stream } from "@touchstone/core";
import type { Sample, SampleRequest } from "@touchstone/core";
import { parseSafetensorsHeader } from "@touchstone/graph";
import { expect, it, vi } from "vitest";
import { loadLanguageModel, loadRolloutModel } from "../src/index.ts";
import type { LocalLanguageModel } from "../src/index.ts";
import { collect, disposable, fixture, PLAIN, request, SMALL } from "./models.ts";
import { promptTokens } from "./tokens.ts";

const TEXTS = ["one", "a somewhat longer prompt", "ab", "one more", "and one more again", "the last"];
const OPTIONS = { tile: 8, workers: 2 } as const;
/** Numbers of SMALL that a token's keys and values take: 2 layers, 2 key/value heads of 8. */
const WIDTH = 2 * 2 * 2 * 8;

it("continues as without kept keys and values, wherever several parents are cut", async () => {
  const folder = await fixture(SMALL, { end: false });
  await using reading = disposable(await loadLanguageModel(folder, { ...OPTIONS, prefixMemory: 0 }));
  await using keeping = disposable(await loadLanguageModel(folder, OPTIONS));
  const parents = await collect(keeping, first());
  const cuts = (t: number) => parents.map((_, i) => [0, 1, 11, 23, 5, 17][(i + t) % 6]!);
  for (const t of [0, 1, 2]) {
    const requests = cut(parents, cuts(t), t);
    expectSame(await collect(keeping, requests), await collect(reading, requests));
  }
  expect(reading.reading.reused).toBe(0);
});

it("reads of a continued response only what it has not read or drawn before, and says so", async () => {
  await using model = disposable(await loadLanguageModel(await fixture(SMALL, { end: false }), OPTIONS));
  const step = async (requests: readonly SampleRequest[]) => {
    const before = model.reading;
    const samples = await collect(model, requests);
    const { read, reused } = model.reading;
    return { samples, read: read - before.read, reused: reused - before.reused };
  };
  const prompts = sum(TEXTS.map((text) => promptTokens(text).length));
  const start = await step(
    cut(
      TEXTS.map(() => [empty()]),
      TEXTS.map(() => 0),
      0,
    ),
  );
  expect(start).toMatchObject({ read: prompts, reused: 0 });
  // Cut anywhere: all is kept but the token whose law is wanted.
  const keep = [0, 1, 11, 23, 5, 17];
  const next = await step(cut(start.samples, keep, 1));
  expect(next).toMatchObject({ read: TEXTS.length, reused: prompts + sum(keep) - TEXTS.length });
  // Another response to the same prompts: they are kept, its own beginning is not.
  const other = await step(
    cut(
      TEXTS.map(() => [foreign(9)]),
      TEXTS.map(() => 9),
      2,
    ),
  );
  expect(other).toMatchObject({ read: 9 * TEXTS.length, reused: prompts });
  // Go on where the last step ended, as chunks and lines do.
  const shorter = { ...PLAIN, maxTokens: 12 };
  const grown = await step(
    cut(
      other.samples,
      keep.map(() => 9),
      3,
    ).map((one) => ({ ...one, decoding: shorter })),
  );
  const last = await step(
    cut(
      grown.samples,
      keep.map(() => 12),
      3,
    ),
  );
  expect(last).toMatchObject({ read: TEXTS.length, reused: prompts + 11 * TEXTS.length });
});

it("lets many rows go on from one prefix, and others from each of theirs", async () => {
  const folder = await fixture(SMALL, { end: false });
  await using reading = disposable(await loadLanguageModel(folder, { ...OPTIONS, prefixMemory: 0 }));
  await using keeping = disposable(await loadLanguageModel(folder, { ...OPTIONS, workers: 1 }));
  const prefix = foreign(6).tokens;
  const prompt = promptTokens("beam").length;
  const step = async (requests: readonly SampleRequest[]) => {
    const before = keeping.reading;
    const kept = await collect(keeping, requests);
    expectSame(kept, await collect(reading, requests));
    const { read, reused } = keeping.reading;
    return { kept, read: read - before.read, reused: reused - before.reused };
  };
  const begun = await step([request("beam", { count: 5, prefix, step: 1 })]);
  expect(begun.read).toBe(prompt + 6);
  // Four rows of each of the five, cut where they began or later; the prefix is read once for all four.
  const keep = [6, 10, 14, 18, 22];
  const next = await step(
    begun.kept[0]!.map(({ tokens }, i) => request("beam", { count: 4, prefix: tokens.slice(0, keep[i]), step: 2 + i })),
  );
  expect(next).toMatchObject({ read: 5, reused: 5 * (prompt - 1) + sum(keep) });
});

it("forgets what is longest unused where little can be kept, and draws the same", async () => {
  const folder = await fixture(SMALL, { end: false });
  await using reading = disposable(await loadLanguageModel(folder, { ...OPTIONS, prefixMemory: 0 }));
  const parents = await collect(reading, first());
  // A token, two responses of six.
  for (const tokens of [1, 60]) {
    const prefixMemory = 4 * WIDTH * tokens;
    await using small = disposable(await loadLanguageModel(folder, { ...OPTIONS, workers: 1, prefixMemory }));
    for (const t of [0, 1, 2]) {
      const requests = cut(
        parents,
        parents.map((_, i) => (5 * i + 7 * t) % 24),
        t,
      );
      expectSame(await collect(small, requests), await collect(reading, requests));
    }
    const { read, reused } = small.reading;
    expect(read).toBeGreaterThan(reused);
  }
});

it("goes on with new weights from what they make of the prefix", async () => {
  const [before, after] = [
    await fixture(SMALL, { seed: 1, end: false }),
    await fixture(SMALL, { seed: 2, end: false }),
  ];
  await using rollouts = disposable(await loadRolloutModel(before, OPTIONS));
  await using stored = disposable(await loadLanguageModel(after, { ...OPTIONS, prefixMemory: 0 }));
  const parents = await collect(rollouts, first());
  const requests = cut(parents, [3, 0, 9, 23, 12, 6], 1);
  await collect(rollouts, requests);
  await rollouts.replaceWeights(weightsOf(after));
  const { reused } = rollouts.reading;
  expectSame(await collect(rollouts, requests), await collect(stored, requests));
  expect(rollouts.reading.reused).toBe(reused);
});

it("advances chains as a process does that was ended and started again in the middle", async () => {
  const folder = await fixture(SMALL);
  await using whole = disposable(await loadLanguageModel(folder, OPTIONS));
  await using begun = disposable(await loadLanguageModel(folder, OPTIONS));
  const expected = await chains(whole, undefined, 0, 8);
  const half = await chains(begun, undefined, 0, 4);
  await begun.close();
  await using again = disposable(await loadLanguageModel(folder, { ...OPTIONS, workers: 1 }));
  expectSame(await chains(again, half, 4, 8), expected);
  expect(whole.reading.reused).toBeGreaterThan(again.reading.reused);
  expect(again.reading.reused).toBeGreaterThan(again.reading.read);
});

it.runIf(process.platform === "linux")(
  "starts from nothing after a worker was killed, and continues the same",
  async () => {
    const folder = await fixture(SMALL, { end: false });
    await using model = disposable(await loadLanguageModel(folder, { ...OPTIONS, workers: 1 }));
    const others = children();
    const parents = await collect(model, first());
    const requests = cut(parents, [3, 0, 9, 23, 12, 6], 1);
    const continued = async () => {
      const before = model.reading.read;
      const samples = await collect(model, requests);
      return { samples, read: model.reading.read - before };
    };
    const start = await continued();
    expect((await continued()).read).toBeLessThan(start.read);
    const worker = children().find((id) => !others.includes(id));
    process.kill(Number(worker), "SIGKILL");
    // Until the program has noticed, a call fails.
    const again = await vi.waitFor(continued, { timeout: 20_000 });
    expectSame(again.samples, start.samples);
    expect(again.read).toBe(start.read);
  },
);

it("draws independent samples to the bit as without, whatever it has kept", async () => {
  const folder = await fixture();
  await using reading = disposable(await loadLanguageModel(folder, { ...OPTIONS, prefixMemory: 0 }));
  await using keeping = disposable(await loadLanguageModel(folder, OPTIONS));
  await collect(
    keeping,
    cut(
      await collect(keeping, first()),
      TEXTS.map(() => 1),
      1,
    ),
  );
  expect(await collect(keeping, first())).toEqual(await collect(reading, first()));
  expect(keeping.identity).toEqual(reading.identity);
});

it("refuses to keep more than there is memory", async () => {
  const loading = loadLanguageModel(await fixture(), { memoryLimit: 2 ** 30, workers: 1, prefixMemory: 2 ** 30 });
  await expect(loading).rejects.toThrow("`prefixMemory` must be at least 0 and leave memory for runs.");
});

/** Steps of chains, each of which cuts its response at a random token and draws the rest. */
async function chains(
  model: LocalLanguageModel,
  begin: Sample[][] | undefined,
  from: number,
  to: number,
): Promise<Sample[][]> {
  let states = begin ?? (await collect(model, first()));
  for (let step = from; step < to; step++) {
    const random = stream(5, "cut", step);
    const keep = states.map(([sample]) => random.integer(sample!.tokens.length));
    states = await collect(model, cut(states, keep, 1 + step));
  }
  return states;
}

function first(): SampleRequest[] {
  return TEXTS.map((text) => request(text, { count: 1 }));
}

/** The first sample of each, cut. */
function cut(
  parents: readonly (readonly { tokens: Int32Array }[])[],
  keep: readonly number[],
  step: number,
): SampleRequest[] {
  return TEXTS.map((text, i) =>
    request(text, { count: 1, step: 1 + step, prefix: parents[i]![0]!.tokens.slice(0, keep[i]) }),
  );
}

function expectSame(actual: readonly Sample[][], expected: readonly Sample[][]): void {
  expect(actual.map((list) => list.map(({ tokens }) => tokens))).toEqual(
    expected.map((list) => list.map(({ tokens }) => tokens)),
  );
  for (const [i, samples] of actual.entries()) {
    for (const [j, { statistics }] of samples.entries()) {
      for (const name of ["logProbability", "decodingLogProbability", "entropy"] as const) {
        const other = expected[i]![j]!.statistics[name];
        for (const [t, value] of statistics[name].entries()) expect(Math.abs(value - other[t]!)).toBeLessThan(1e-5);
      }
    }
  }
}

/** Ids of the processes that this one has started. */
function children(): string[] {
  const lists = readdirSync(`/proc/${process.pid}/task`).map((id) =>
    readFileSync(`/proc/${process.pid}/task/${id}/children`, "utf8"),
  );
  return lists.flatMap((list) => list.split(" ").filter(Boolean));
}

function empty() {
  return { tokens: new Int32Array() };
}

function foreign(length: number) {
  return { tokens: Int32Array.from({ length }, (_, t) => 10 + t) };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function weightsOf(folder: string): Map<string, { shape: readonly number[]; data: Float32Array }> {
  const file = readFileSync(join(folder, "model.safetensors"));
  const { dataOffset, tensors } = parseSafetensorsHeader(file, file.length);
  return new Map(
    [...tensors].map(([name, { shape, begin, end }]) => {
      const bytes = Uint8Array.from(file.subarray(dataOffset + begin, dataOffset + end));
      return [name, { shape, data: new Float32Array(bytes.buffer) }];
    }),
  );
}
