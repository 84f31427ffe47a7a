import type { Sample } from "@touchstone/core";
import { expect, it } from "vitest";
import { FIXTURE_END } from "../src/fixture/index.ts";
import { loadLanguageModel } from "../src/index.ts";
import { collect, disposable, fixture, PLAIN, request, SMALL } from "./models.ts";
import { ReferenceLlama, truncated } from "./reference.ts";
import { characterTokens, promptTokens } from "./tokens.ts";

it("draws whole tiles of every request, whatever the prompts' lengths", async () => {
  await using model = disposable(await loadLanguageModel(await fixture(), { tile: 8 }));
  const requests = [request("a"), request("a longer prompt", { first: 4, count: 8 }), request("abc", { count: 1 })];
  const samples = await collect(model, requests);
  expect(samples.map((list) => list.map(({ index }) => index))).toEqual([range(0, 8), range(0, 16), range(0, 8)]);
  for (const sample of samples.flat()) {
    const drawn = sample.tokens.length;
    expect(sample.prefixLength).toBe(0);
    expect(drawn).toBeLessThanOrEqual(24);
    for (const values of Object.values(sample.statistics)) expect(values).toHaveLength(drawn);
    const ended = sample.tokens.at(-1) === FIXTURE_END;
    expect(sample.finish).toBe(ended ? "end" : "length");
    expect(sample.tokens.indexOf(FIXTURE_END)).toBe(ended ? drawn - 1 : -1);
    expect(ended ? 24 : drawn).toBe(24);
  }
});

it("takes the most probable token at temperature 0, as a written-out forward pass does", async () => {
  const folder = await fixture();
  await using model = disposable(await loadLanguageModel(folder));
  const reference = new ReferenceLlama(folder);
  const requests = ["what", "and then some"].map((text) =>
    request(text, { count: 2, decoding: { ...PLAIN, temperature: 0 } }),
  );
  const drawn = await collect(model, requests);
  for (const [i, samples] of drawn.entries()) {
    expect(samples.map(({ index }) => index)).toEqual([0, 1]);
    const tokens = [...promptTokens(requests[i]!.problem.messages[0]!.content)];
    for (const token of samples[0]!.tokens) {
      const law = reference.next(tokens);
      expect(token).toBe(law.indexOf(Math.max(...law)));
      tokens.push(token);
    }
    expect(samples[1]!.tokens).toEqual(samples[0]!.tokens);
  }
});

it("records the statistics of the full law at temperature 1 and the law that was drawn from", async () => {
  const folder = await fixture();
  await using model = disposable(await loadLanguageModel(folder, { tile: 4 }));
  const reference = new ReferenceLlama(folder);
  const decoding = { ...PLAIN, temperature: 0.7, topK: 12, topP: 0.8, maxTokens: 12 };
  const [samples] = await collect(model, [request("statistics", { count: 4, decoding })]);
  for (const sample of samples!) {
    const tokens = [...promptTokens("statistics")];
    for (const [t, token] of sample.tokens.entries()) {
      const logits = Array.from(reference.logits(tokens).at(-1)!);
      const law = reference.next(tokens);
      const entropy = -law.reduce((sum, p) => sum + p * Math.log(p), 0);
      // KL(uniform ‖ law) = −mean(log p) − log V
      const certainty = -law.reduce((sum, p) => sum + Math.log(p), 0) / law.length - Math.log(law.length);
      expect(sample.statistics.logProbability[t]).toBeCloseTo(Math.log(law[token]!), 4);
      expect(sample.statistics.entropy[t]).toBeCloseTo(entropy, 4);
      expect(sample.statistics.selfCertainty[t]).toBeCloseTo(certainty, 4);
      expect(sample.statistics.gini[t]).toBeCloseTo(
        law.reduce((sum, p) => sum + p * p, 0),
        4,
      );
      const top = law.toSorted((a, b) => b - a).slice(0, 20);
      expect(sample.statistics.topConfidence[t]).toBeCloseTo(-top.reduce((sum, p) => sum + Math.log(p), 0) / 20, 4);
      const cut = truncated(logits, 0.7, 12, 0.8);
      expect(sample.statistics.decodingLogProbability[t]).toBeCloseTo(Math.log(cut[token]!), 3);
      tokens.push(token);
    }
  }
});

it("continues a prefix with the numbers of the same positions, within the cap on the whole response", async () => {
  await using model = disposable(await loadLanguageModel(await fixture(SMALL, { end: false }), { tile: 4 }));
  const [whole] = await collect(model, [request("go on", { count: 4 })]);
  for (const sample of whole!) {
    const prefix = sample.tokens.slice(0, 9);
    const [[again] = []] = await collect(model, [request("go on", { first: sample.index, count: 1, prefix })]);
    expect(again).toMatchObject({ index: sample.index, prefixLength: 9, finish: "length", text: sample.text });
    expect(again!.tokens).toEqual(sample.tokens);
    expect(again!.statistics.logProbability).toHaveLength(24 - 9);
    for (const [t, value] of again!.statistics.logProbability.entries()) {
      expect(value).toBeCloseTo(sample.statistics.logProbability[9 + t]!, 4);
    }
  }
  const [other] = await collect(model, [
    request("go on", { count: 1, prefix: whole![0]!.tokens.slice(0, 9), step: 1 }),
  ]);
  expect(other![0]!.tokens).not.toEqual(whole![0]!.tokens);
});

it("continues many prefixes of several problems together, each from its own place and within its own cap", async () => {
  await using model = disposable(await loadLanguageModel(await fixture(SMALL, { end: false }), { tile: 8 }));
  const texts = ["one", "a somewhat longer prompt", "ab"];
  const whole = await collect(
    model,
    texts.map((text) => request(text)),
  );
  const cut = texts.flatMap((text, i) =>
    whole[i]!.map((sample, j) => {
      const decoding = { ...PLAIN, maxTokens: j % 2 === 0 ? 24 : 20 };
      return {
        expected: sample.tokens.slice(0, decoding.maxTokens),
        text,
        sample,
        keep: (5 * i + 3 * j) % 18,
        decoding,
      };
    }),
  );
  const continued = await collect(
    model,
    cut.map(({ text, sample, keep, decoding }) =>
      request(text, { first: sample.index, count: 1, prefix: sample.tokens.slice(0, keep), decoding }),
    ),
  );
  expect(continued.map(([sample]) => sample!.tokens)).toEqual(cut.map(({ expected }) => expected));
  expect(continued.map(([sample]) => sample!.prefixLength)).toEqual(cut.map(({ keep }) => keep));
  expect(continued.every(([sample]) => sample!.finish === "length")).toBe(true);
});

it.each([2, 3, 4, 9])(
  "draws %i continuations of each of several prefixes as it draws them one by one",
  async (count) => {
    await using model = disposable(await loadLanguageModel(await fixture(), { tile: 8 }));
    const prefixes = [characterTokens("ab"), characterTokens("c"), [], characterTokens("defgh")];
    const requests = prefixes.map((tokens, i) =>
      request("several", { first: 3, count, prefix: Int32Array.from(tokens), step: i }),
    );
    const together = await collect(model, requests);
    expect(together.map((list) => list.map(({ index }) => index))).toEqual(prefixes.map(() => range(3, 3 + count)));
    const alone = await collect(
      model,
      requests.flatMap((all) => range(3, 3 + count).map((first) => ({ ...all, first, count: 1 }))),
    );
    expect(together.flat().map(({ tokens }) => tokens)).toEqual(alone.flat().map(({ tokens }) => tokens));
  },
);

it("leaves a prefix alone that has ended or fills the cap", async () => {
  await using model = disposable(await loadLanguageModel(await fixture()));
  const ended = Int32Array.of(5, 6, FIXTURE_END);
  const full = Int32Array.from({ length: 24 }, () => 5);
  const [[a] = [], [b] = []] = await collect(model, [
    request("x", { count: 1, prefix: ended }),
    request("x", { count: 1, prefix: full }),
  ]);
  expect(a).toMatchObject({ tokens: ended, finish: "end", prefixLength: 3, text: "bc" });
  expect(b).toMatchObject({ tokens: full, finish: "length", prefixLength: 24 });
  expect(a!.statistics.logProbability).toHaveLength(0);
});

it("says of a prefix that fills the cap that it is cut there, also where it ends with a stop string", async () => {
  await using model = disposable(await loadLanguageModel(await fixture()));
  const full = Int32Array.from({ length: 24 }, () => characterTokens("e")[0]!);
  const decoding = { ...PLAIN, stop: ["e"] };
  const [[sample] = []] = await collect(model, [request("x", { count: 1, prefix: full, decoding })]);
  expect(sample).toMatchObject({ tokens: full, finish: "length", text: "e".repeat(24) });
});

it("ends a response at a stop string and cuts tokens, text and statistics there", async () => {
  await using model = disposable(await loadLanguageModel(await fixture(SMALL, { end: false }), { tile: 8 }));
  const decoding = { ...PLAIN, maxTokens: 64 };
  const [free] = await collect(model, [request("stop", { count: 64, decoding })]);
  // One of a single token, one of two tokens that was really drawn.
  const stop = ["e", free![0]!.text.slice(20, 22)];
  const [stopped] = await collect(model, [request("stop", { count: 64, decoding: { ...decoding, stop } })]);
  const expected = free!.map((sample) => {
    const at = Math.min(...stop.map((s) => sample.text.indexOf(s)).filter((position) => position >= 0));
    if (at === Number.POSITIVE_INFINITY) return { finish: "length", text: sample.text, tokens: sample.tokens };
    // Every token is a character but the special ones, which leave no text: the stop string's last character is this token.
    const last = at + stop.find((s) => sample.text.startsWith(s, at))!.length - 1;
    const length = Array.from(sample.tokens.keys()).filter((t) => sample.tokens[t]! > 3)[last]! + 1;
    return { finish: "stop", text: sample.text.slice(0, at), tokens: sample.tokens.slice(0, length) };
  });
  expect(stopped!.map(({ finish, text, tokens }) => ({ finish, text, tokens }))).toEqual(expected);
  expect(new Set(expected.map(({ finish }) => finish))).toEqual(new Set(["stop", "length"]));
  for (const { tokens, statistics } of stopped!) expect(statistics.entropy).toHaveLength(tokens.length);
});

it("draws by lines and by chunks, many responses at a time, what it draws in one go", async () => {
  await using model = disposable(await loadLanguageModel(await fixture(), { tile: 8 }));
  const texts = ["one", "a somewhat longer prompt", "ab"];
  const whole = (
    await collect(
      model,
      texts.map((text) => request(text)),
    )
  ).flatMap((samples, i) => samples.map((sample) => ({ text: texts[i]!, sample })));
  const ways = [
    { decoding: () => ({ ...PLAIN, stop: ["e"] }), pauses: (tokens: Int32Array) => [...model.lineEnds(tokens, "e")] },
    { decoding: (drawn: number) => ({ ...PLAIN, maxTokens: Math.min(24, drawn + 7) }), pauses: () => [] },
  ];
  for (const { decoding, pauses } of ways) {
    const parts = whole.map(() => [] as Sample[]);
    let open = whole.map((_, i) => i);
    while (open.length > 0) {
      const before = (i: number) => parts[i]!.at(-1)?.tokens ?? new Int32Array();
      const requests = open.map((i) => {
        const { text, sample } = whole[i]!;
        const prefix = before(i);
        return request(text, { first: sample.index, count: 1, prefix, decoding: decoding(prefix.length) });
      });
      for (const [at, [next]] of (await collect(model, requests)).entries()) parts[open[at]!]!.push(next!);
      open = open.filter((i) => parts[i]!.at(-1)!.finish !== "end" && before(i).length < 24);
    }
    for (const [i, { sample }] of whole.entries()) {
      const drawn = parts[i]!.flatMap(({ statistics }) => Array.from(statistics.logProbability));
      expect(parts[i]!.at(-1)!.tokens).toEqual(sample.tokens);
      expect(drawn).toHaveLength(sample.tokens.length);
      for (const [t, value] of drawn.entries()) expect(value).toBeCloseTo(sample.statistics.logProbability[t]!, 4);
      const stops = parts[i]!.filter(({ finish }) => finish === "stop");
      expect(stops.map(({ tokens }) => tokens.length)).toEqual(pauses(sample.tokens));
    }
    expect(Math.max(...parts.map(({ length }) => length))).toBeGreaterThan(2);
  }
});

it("scores given responses with the statistics of drawing them, and the law after them; embeds prompts", async () => {
  const folder = await fixture();
  await using model = disposable(await loadLanguageModel(folder, { tile: 4 }));
  const requests = [request("one"), request("another prompt")];
  const drawn = await collect(model, requests);
  const pairs = drawn.flatMap((samples, i) =>
    samples.map((sample) => ({ messages: requests[i]!.problem.messages, response: sample })),
  );
  const scored = await model.score(pairs);
  for (const [i, { response }] of pairs.entries()) {
    for (const name of ["logProbability", "entropy", "selfCertainty", "gini", "topConfidence"] as const) {
      expect(scored[i]![name]).toHaveLength(response.tokens.length);
      for (const [t, value] of scored[i]![name].entries()) {
        expect(value).toBeCloseTo(response.statistics[name][t]!, 4);
      }
    }
    expect(scored[i]!.decodingLogProbability).toEqual(scored[i]!.logProbability);
  }
  const after = await model.score(pairs, { afterLast: true });
  for (const [i, { logProbability, decodingLogProbability, ...laws }] of after.entries()) {
    expect([logProbability, decodingLogProbability]).toEqual([
      scored[i]!.logProbability,
      scored[i]!.decodingLogProbability,
    ]);
    for (const name of ["entropy", "selfCertainty", "gini", "topConfidence"] as const)
      expect(laws[name].slice(0, -1)).toEqual(scored[i]![name]);
  }
  const reference = new ReferenceLlama(folder);
  for (const [i, { messages, response }] of pairs.entries()) {
    const law = reference.next([...promptTokens(messages[0]!.content), ...response.tokens]);
    const last = after[i]!;
    const top = law.toSorted((a, b) => b - a).slice(0, 20);
    expect(last.entropy.at(-1)).toBeCloseTo(-law.reduce((sum, p) => sum + p * Math.log(p), 0), 4);
    expect(last.selfCertainty.at(-1)).toBeCloseTo(-law.reduce((sum, p) => sum + Math.log(p * 64), 0) / 64, 4);
    expect(last.gini.at(-1)).toBeCloseTo(
      law.reduce((sum, p) => sum + p * p, 0),
      4,
    );
    expect(last.topConfidence.at(-1)).toBeCloseTo(-top.reduce((sum, p) => sum + Math.log(p), 0) / 20, 4);
  }
  const embedded = await model.embed(requests.map(({ problem }) => problem.messages));
  for (const [i, vector] of embedded.entries()) {
    const hidden = reference.hidden([...promptTokens(requests[i]!.problem.messages[0]!.content)]).at(-1)!;
    for (const [d, value] of vector.entries()) expect(value).toBeCloseTo(hidden[d]!, 3);
  }
});

it("scores an empty response by the law that follows the prompt", async () => {
  const folder = await fixture();
  await using model = disposable(await loadLanguageModel(folder));
  const pair = { messages: request("nothing").problem.messages, response: { text: "", tokens: new Int32Array() } };
  const [scored] = await model.score([pair], { afterLast: true });
  const law = new ReferenceLlama(folder).next(promptTokens("nothing"));
  expect(scored!.logProbability).toHaveLength(0);
  expect(scored!.entropy).toHaveLength(1);
  expect(scored!.entropy[0]).toBeCloseTo(-law.reduce((sum, p) => sum + p * Math.log(p), 0), 4);
});

it("finds where lines end, for delimiters within a token, of one token, and of several", async () => {
  await using model = disposable(await loadLanguageModel(await fixture({ ...SMALL, vocabulary: 90 })));
  // Tokens are single characters and words " w76" …; "w" ends no line by itself where a word holds it.
  const tokens = Int32Array.from([...characterTokens("a.b;;c."), 80, ...characterTokens("w7;"), FIXTURE_END]);
  const ends = (delimiter: string) => Array.from(model.lineEnds(tokens, delimiter));
  expect(ends(";")).toEqual([4, 5, 11]);
  expect(ends(".")).toEqual([2, 7]);
  expect(ends(";;")).toEqual([5]);
  expect(ends("b;;c")).toEqual([6]);
  expect(ends("w7")).toEqual([8, 10]);
  expect(ends("absent")).toEqual([]);
});

it("reports progress in drawn tokens and samples", async () => {
  await using model = disposable(await loadLanguageModel(await fixture(), { tile: 8 }));
  const seen = { tokens: 0, samples: 0 };
  const [samples] = await collect(model, [request("progress", { count: 20 })], {
    onProgress: (progress) => {
      seen.tokens += progress.tokens;
      seen.samples += progress.samples;
    },
  });
  expect(seen).toEqual({ samples: 24, tokens: samples!.reduce((sum, { tokens }) => sum + tokens.length, 0) });
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
