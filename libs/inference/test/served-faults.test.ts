import { join } from "node:path";
import type { Sample, SampleBatch, SampleRequest } from "@touchstone/core";
import { startModelServer, type Fault, type ModelServer } from "@touchstone/testkit/model-server";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openServedModel, type ServedLanguageModel, type ServedModelOptions } from "../src/openai/index.ts";
import { collect, disposable } from "./models.ts";

const ARITH = join(import.meta.dirname, "../../../models/arith");
const DRAWING = "/v1/completions";

let server: ModelServer;
/** What a server without a fault gives. */
let right: readonly Sample[];

const REQUEST: SampleRequest = {
  problem: { id: "sum", messages: [{ role: "user", content: "What is 12 plus 7?" }] },
  first: 0,
  count: 6,
  seed: 1,
  decoding: { temperature: 1, topK: 0, topP: 1, maxTokens: 24, stop: [] },
};

beforeAll(async () => {
  server = await startModelServer({ flavour: "vllm", models: [{ name: "arith", folder: ARITH }] });
  await using model = await open();
  [right = []] = await collect(model, [REQUEST]);
});

beforeEach(() => server.setFaults([]));
afterAll(() => server[Symbol.asyncDispose]());

/** One request at a time, so that it is known which comes before a fault. */
async function open(options: ServedModelOptions = {}, model = "arith") {
  const served = await openServedModel(
    { url: `${server.url}/v1`, model },
    { concurrency: 1, retries: 2, backoffSeconds: 0.001, ...options },
  );
  return disposable(served);
}

/** What arrives, and what ends it. */
async function drawUntilError(model: ServedLanguageModel, signal?: AbortSignal) {
  const batches: SampleBatch[] = [];
  let error: unknown;
  try {
    for await (const batch of model.sample([REQUEST], signal ? { signal } : {})) batches.push(batch);
  } catch (thrown) {
    error = thrown;
  }
  const samples = batches.flatMap((batch) => batch.samples).toSorted((a, b) => a.index - b.index);
  return { batches, samples, error: error as Error | undefined };
}

describe("a failure that passes", () => {
  it.each<[string, Fault]>([
    ["a server's failure", { kind: "status", status: 500 }],
    ["a limit of requests", { kind: "status", status: 429, headers: { "retry-after": "0" } }],
    ["a server that starts", { kind: "status", status: 503 }],
    ["a cut connection", { kind: "cut" }],
    ["half an answer", { kind: "cut-within" }],
    ["a truncated answer", { kind: "truncated" }],
    ["malformed JSON", { kind: "malformed" }],
  ])("%s: the request is made again, and the samples are those of a server without it", async (_, fault) => {
    await using model = await open();
    await server.setFaults([{ ...fault, path: DRAWING, after: 2, times: 2 }]);
    const before = (await server.seen()).length;
    const { samples, error } = await drawUntilError(model);
    expect(error).toBeUndefined();
    expect(samples).toEqual(right);
    const drawn = (await server.seen()).slice(before).filter(({ path }) => path === DRAWING);
    expect(drawn).toHaveLength(REQUEST.count + 2);
  });
});

describe("a failure that stays", () => {
  it.each<[Fault, string, RegExp]>([
    [{ kind: "status", status: 500 }, "server-failed", /status 500, tried 3 times/],
    [{ kind: "status", status: 429 }, "server-rate-limited", /TOUCHSTONE_SERVER_RPM/],
    [{ kind: "status", status: 429, headers: { "retry-after": "7200" } }, "server-rate-limited", /asks to wait 7200 s/],
    [
      { kind: "status", status: 400, answer: { error: { message: "no such thing" } } },
      "server-refused",
      /no such thing/,
    ],
    [{ kind: "status", status: 401 }, "server-unauthorized", /TOUCHSTONE_API_KEY/],
    [{ kind: "cut" }, "server-connection-cut", /tried 3 times/],
    [{ kind: "cut-within" }, "server-connection-cut", /before the answer was complete/],
    [{ kind: "truncated" }, "server-malformed-answer", /no JSON/],
    [{ kind: "malformed" }, "server-malformed-answer", /choices.*oops/],
    [{ kind: "other-model" }, "server-other-model", /asked for arith, .*arith-other/],
    [{ kind: "no-choices" }, "server-fewer-choices", /gave none/],
  ])(
    "%o ends in %s; what came before it is there, and the rest can be drawn afterwards",
    async (fault, code, message) => {
      await using model = await open();
      await server.setFaults([{ ...fault, path: DRAWING, after: 4 }]);
      const { samples, error } = await drawUntilError(model);
      expect(error).toMatchObject({ code });
      expect(error?.message).toMatch(message);
      expect(samples).toEqual(right.slice(0, 4));
      await server.setFaults([]);
      const rest = { ...REQUEST, first: 4, count: 2 };
      expect((await collect(model, [rest]))[0]).toEqual(right.slice(4));
    },
  );

  it("a server that does not answer in time", async () => {
    await using model = await open({ timeoutSeconds: 5, retries: 0 });
    await server.setFaults([{ kind: "slow", path: DRAWING, milliseconds: 600_000 }]);
    const { error } = await drawUntilError(model);
    expect(error).toMatchObject({ code: "server-timeout" });
    expect(error?.message).toMatch(/within 5 s.*TOUCHSTONE_SERVER_TIMEOUT/);
  });

  it("a server that is not there", async () => {
    // Nothing listens on a port that is reserved.
    const opened = openServedModel({ url: "http://127.0.0.1:1/v1", model: "arith" }, { retries: 0 });
    await expect(opened).rejects.toMatchObject({ code: "server-unreachable" });
    await expect(opened).rejects.toThrow(/ECONNREFUSED.*doctor --backend/);
  });

  it("a model that the server does not have", async () => {
    await expect(open({}, "arithmetic")).rejects.toMatchObject({ code: "unknown-served-model" });
    await expect(open({}, "arithmetic")).rejects.toThrow("It serves: arith.");
  });
});

describe("what a server does not say", () => {
  it("usage: tokens are those that it lists, and that is said once", async () => {
    await server.setFaults([{ kind: "no-usage" }]);
    const remarks: string[] = [];
    await using model = await open({ onRemark: (remark) => remarks.push(remark) });
    expect(model.report.usage).toBe(false);
    const { samples, batches } = await drawUntilError(model);
    expect(samples).toEqual(right);
    // Its tokenizer has counted the prompt.
    expect(new Set(batches.map(({ promptTokens }) => promptTokens))).toEqual(new Set([20]));
    expect(remarks).toEqual([expect.stringContaining("does not say how many tokens it used")]);
  });

  it("neither usage nor tokens: their number is unknown, not guessed, and sums of their statistics are NaN", async () => {
    await server.setFaults([{ kind: "no-usage" }, { kind: "no-log-probabilities" }]);
    await using model = await open();
    expect(model.capabilities).toEqual({
      continuation: false,
      score: true,
      embed: false,
      tokenStatistics: "none",
      seeds: true,
      tokens: false,
    });
    const { samples } = await drawUntilError(model);
    expect(samples.map(({ text }) => text)).toEqual(right.map(({ text }) => text));
    for (const { tokens, statistics } of samples) {
      expect(tokens).toHaveLength(0);
      expect(Array.from(statistics.logProbability)).toEqual([Number.NaN]);
    }
  });

  it("all choices: the others are asked for again", async () => {
    const deaf: Fault = { kind: "ignores-seeds" };
    await server.setFaults([deaf]);
    const remarks: string[] = [];
    await using model = await open({ onRemark: (remark) => remarks.push(remark) });
    expect(model.capabilities.seeds).toBe(false);
    await server.setFaults([deaf, { kind: "fewer-choices", path: DRAWING }]);
    const before = (await server.seen()).length;
    const { samples, error } = await drawUntilError(model);
    expect(error).toBeUndefined();
    expect(samples.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5]);
    const asked = (await server.seen()).slice(before).filter(({ path }) => path === DRAWING);
    // Of 6, 5 come, and then the last one.
    expect(asked.map(({ body }) => body["n"] ?? 1)).toEqual([6, 1]);
    expect(asked.every(({ body }) => body["seed"] === undefined)).toBe(true);
    expect(remarks).toEqual([expect.stringContaining("gives fewer responses than it is asked for")]);
  });
});

it("a signal ends waiting and the request itself; what came before is there", async () => {
  await using model = await open();
  await server.setFaults([{ kind: "slow", path: DRAWING, after: 2, milliseconds: 600_000 }]);
  const before = (await server.seen()).length;
  const drawn = async () => (await server.seen()).slice(before).filter(({ path }) => path === DRAWING);
  const controller = new AbortController();
  const drawing = drawUntilError(model, controller.signal);
  await expect.poll(async () => (await drawn()).length).toBe(3);
  controller.abort();
  const { error, samples } = await drawing;
  expect(error).toMatchObject({ code: "interrupted" });
  expect(samples).toEqual(right.slice(0, 2));
  await expect.poll(async () => (await drawn()).at(-1)?.outcome).toBe("aborted");
});

it("an API key is sent, and stands in no message", async () => {
  const apiKey = "secret-key";
  await using locked = await startModelServer({ flavour: "vllm", models: [{ name: "arith", folder: ARITH }], apiKey });
  const refused = openServedModel({ url: locked.url, model: "arith" }, { apiKey: "wrong-key", retries: 0 });
  await expect(refused).rejects.toMatchObject({ code: "server-unauthorized" });
  await expect(refused).rejects.not.toThrow("wrong-key");
  await using model = disposable(await openServedModel({ url: locked.url, model: "arith" }, { apiKey }));
  expect(JSON.stringify([model.report, model.identity])).not.toContain(apiKey);
});

it.each([
  ["ftp://localhost/v1", "no address of a server"],
  ["http://me:secret@localhost:8000/v1", "no user, password or query"],
])("refuses the address %s without repeating it", async (url, message) => {
  const opened = openServedModel({ url, model: "arith" });
  await expect(opened).rejects.toMatchObject({ code: "bad-server-address" });
  await expect(opened).rejects.toThrow(message);
  await expect(opened).rejects.not.toThrow("secret");
});
