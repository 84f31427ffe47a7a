import { join } from "node:path";
import type { Sample, SampleRequest } from "@touchstone/core";
import { startModelServer, type Flavour } from "@touchstone/testkit/model-server";
import { describe, expect, it } from "vitest";
import { loadLanguageModel } from "../src/index.ts";
import { openServedModel, serverSeed } from "../src/openai/index.ts";
import { collect, disposable } from "./models.ts";

const ARITH = join(import.meta.dirname, "../../../models/arith");
const PLAIN = { temperature: 1, topK: 0, topP: 1, maxTokens: 40, stop: [] };

function asked(content: string, over: Partial<SampleRequest> = {}): SampleRequest {
  return {
    problem: { id: `problem ${content}`, messages: [{ role: "user", content }] },
    first: 0,
    count: 2,
    seed: 3,
    decoding: PLAIN,
    ...over,
  };
}

const FLAVOURS: readonly Flavour[] = ["vllm", "sglang", "llama.cpp", "tgi", "openai"];

describe.each(FLAVOURS)("a model behind a server that speaks as %s", (flavour) => {
  it("gives the tokens and log-probabilities that the engine draws under the same seeds", async () => {
    await using server = await startModelServer({ flavour, models: [{ name: "arith", folder: ARITH }] });
    const remarks: string[] = [];
    const onRemark = (remark: string) => remarks.push(remark);
    await using served = disposable(await openServedModel({ url: `${server.url}/v1`, model: "arith" }, { onRemark }));
    await using engine = disposable(await loadLanguageModel(ARITH, { tile: 1, workers: 1 }));
    const requests = [asked("What is 12 plus 7?"), asked("What is 31 minus 4?", { first: 5 })];
    const samples = await collect(served, requests);
    for (const [i, request] of requests.entries()) {
      for (const sample of samples[i]!) {
        // The server draws for a problem of its own, under the seed that it is given.
        const seed = serverSeed(request, sample.index);
        const own = { problem: { ...request.problem, id: "served" }, first: 0, count: 1, seed, decoding: PLAIN };
        const [[expected]] = (await collect(engine, [own])) as [[Sample]];
        expect(sample.text).toBe(expected.text);
        expect(sample.finish).toBe(expected.finish);
        const tokens = served.capabilities.tokens ? expected.tokens : expected.tokens.map(() => -1);
        expect(sample.tokens).toEqual(tokens);
        for (const name of ["logProbability", "decodingLogProbability"] as const) {
          expect(Array.from(sample.statistics[name])).toEqual(
            Array.from(expected.statistics[name], (value) => expect.closeTo(value, 4)),
          );
        }
        // The most probable tokens are not all of them.
        expect(sample.statistics.entropy.every(Number.isNaN)).toBe(true);
        expect(sample.statistics.selfCertainty.every(Number.isNaN)).toBe(true);
      }
    }
    expect(samples[1]!.map(({ index }) => index)).toEqual([5, 6]);
    expect({ usage: served.report.usage, remarks }).toEqual({ usage: true, remarks: [] });
  });
});

it("continues by messages where a server takes nothing else, and says which tokens it drew", async () => {
  await using server = await startModelServer({
    flavour: "vllm",
    models: [{ name: "arith", folder: ARITH }],
    faults: [{ kind: "status", status: 404, path: "/v1/completions" }],
  });
  await using served = disposable(await openServedModel({ url: server.url, model: "arith" }));
  expect(served.report).toMatchObject({ form: "chat", continuation: "chat", tokenIds: true });
  const greedy = asked("What is 12 plus 7?", { count: 1, decoding: { ...PLAIN, temperature: 0 } });
  const [[whole]] = (await collect(served, [greedy])) as [[Sample]];
  const [[continued]] = (await collect(served, [{ ...greedy, prefix: whole.tokens.slice(0, 4) }])) as [[Sample]];
  expect(continued).toMatchObject({ prefixLength: 4, text: whole.text, finish: whole.finish });
  expect(continued.tokens).toEqual(whole.tokens);
  const last = (await server.seen()).at(-1)!;
  expect(last.body).toMatchObject({ continue_final_message: true, add_generation_prompt: false });
});

it("scores a response given as text as the engine does, with the token that ends it unless it is partial", async () => {
  await using server = await startModelServer({ flavour: "vllm", models: [{ name: "arith", folder: ARITH }] });
  await using served = disposable(await openServedModel({ url: server.url, model: "arith" }));
  await using engine = disposable(await loadLanguageModel(ARITH, { tile: 1, workers: 1 }));
  const messages = [{ role: "user", content: "What is 12 plus 7?" }] as const;
  const pairs = [
    { messages, response: { text: "12+7=19" } },
    { messages, response: { text: "12+", partial: true } },
  ];
  const [theirs, ours] = [await served.score(pairs), await engine.score(pairs)];
  for (const [i, { logProbability }] of theirs.entries()) {
    const expected = Array.from(ours[i]!.logProbability, (value) => expect.closeTo(value, 4) as number);
    expect(Array.from(logProbability)).toEqual(expected);
  }
});
