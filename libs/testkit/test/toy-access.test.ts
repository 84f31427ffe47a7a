import type { Budget, Drawn, ProblemView } from "@touchstone/core";
import { expect, test } from "vitest";
import { ToyAccess, toyPolicy, toyReward } from "../src/index.ts";

// Always "ab⏎ab⏎…" up to the cap: with probability 1 − 3e-9 a token.
const certain = toyPolicy({
  vocabulary: ["a", "b", "\n"],
  conditional: (_, prefix) => [0, 1, 2, 3].map((token) => (token === prefix.length % 3 ? 1 - 3e-9 : 1e-9)),
});

const only = (lists: readonly (readonly Drawn[])[]): Drawn => lists[0]![0]!;

function open(budget: Budget, maxTokens = 6) {
  const problems = ["p", "q"].map((id): ProblemView => ({
    id,
    messages: [{ role: "user", content: "four" }],
    cluster: id,
    split: "test",
  }));
  return new ToyAccess({
    policy: certain,
    rewardModels: [toyReward("length", (_, text) => text.length)],
    problems,
    extract: (text) => (text.startsWith("ab") ? "ab" : undefined),
    budget,
    decoding: { temperature: 1, topK: 0, topP: 1, maxTokens, stop: [] },
    seed: 1,
  });
}

test("samples cost one each, drawn or continued, and a refused act costs nothing", async () => {
  const access = open({ unit: "samples", amount: 3, scope: "problem" });
  const [p, q] = access.problems;
  const first = only(await access.draw([{ problem: p!, count: 1 }]));
  await access.continue([{ parent: first.id, cut: { unit: "token", keep: 2 } }]);
  await expect(
    access.draw([
      { problem: q!, count: 1 },
      { problem: p!, count: 2 },
    ]),
  ).rejects.toThrow(/over-budget: A procedure wanted 4 samples of 3 for p/);
  expect(access.ledger("p").samples).toBe(2);
  expect(access.ledger("q").samples).toBe(0);
  expect(access.refused).toHaveLength(1);
});

test("several requests for one problem at once are one round", async () => {
  const access = open({ unit: "samples", amount: 9, scope: "problem" });
  const [p] = access.problems;
  const drawn = await access.draw([
    { problem: p!, count: 1 },
    { problem: p!, count: 2 },
  ]);
  const cut = { unit: "token", keep: 1 } as const;
  await access.continue(drawn.map(([first]) => ({ parent: first!.id, cut })));
  expect(access.ledger("p")).toMatchObject({ samples: 5, rounds: 2 });
});

test("tokens are those processed, the prompt once", async () => {
  const access = open({ unit: "tokens", amount: 1000, scope: "problem" });
  const first = only(await access.draw([{ problem: access.problems[0]!, count: 2 }]));
  await access.continue([{ parent: first.id, cut: { unit: "line", keep: 1 } }]);
  // Two draws of 6 tokens, a continuation of 3 after "ab⏎"; prompt "four".
  expect(access.ledger("p")).toMatchObject({ samples: 3, promptTokens: 4, completionTokens: 15, rounds: 2 });
  // A toy model of 4 parameters, 2 FLOPs each: 8 a token, for 4 + 15 tokens.
  expect(access.ledger("p").flops).toBe(8 * 19);
});

test("a response is cut after tokens or lines, and goes on from there", async () => {
  const access = open({ unit: "samples", amount: 100, scope: "problem" }, 7);
  const drawn = only(await access.draw([{ problem: access.problems[0]!, count: 1 }]));
  expect(drawn.text).toBe("ab\nab\na");
  const byToken = only(await access.continue([{ parent: drawn.id, cut: { unit: "token", keep: 4 } }]));
  expect(byToken.text).toBe("ab\nab\na");
  await expect(access.continue([{ parent: drawn.id, cut: { unit: "line", keep: 3 } }])).rejects.toThrow(
    /impossible-cut: .*keep so many lines of a response that has 2 to keep.*3/s,
  );
});

test("a response can be drawn line by line, and each part is charged alone", async () => {
  const access = open({ unit: "tokens", amount: 1000, scope: "problem" }, 7);
  const [p] = access.problems;
  const line = only(await access.draw([{ problem: p!, count: 1, decoding: { stopAtLine: true } }]));
  expect(line).toMatchObject({ text: "ab", tokenCount: 3, finish: "stop", truncated: false });
  expect(line.lineEnds).toEqual(Int32Array.of(3));
  const next = (parent: Drawn) =>
    access
      .continue([
        { parent: parent.id, cut: { unit: "token", keep: parent.tokenCount }, decoding: { stopAtLine: true } },
      ])
      .then(only);
  const second = await next(line);
  expect(second).toMatchObject({ text: "ab\nab", tokenCount: 6, finish: "stop" });
  const whole = await next(second);
  expect(whole).toMatchObject({ text: "ab\nab\na", tokenCount: 7, finish: "length", truncated: true });
  expect(whole.lineEnds).toEqual(Int32Array.of(3, 6));
  expect(access.spent(p!)).toBe(4 + 7);
  // What was drawn bit by bit has the statistics of the whole.
  const [scored] = await access.score([whole]);
  expect(whole.statistics.logProbability).toEqual(scored!.logProbability);
  expect(whole.logProbability).toBeCloseTo(7 * Math.log(1 - 3e-9), 12);
});

test("a chunk goes on to the cap, and nothing goes beyond it", async () => {
  const access = open({ unit: "samples", amount: 9, scope: "problem" }, 5);
  const chunk = only(await access.draw([{ problem: access.problems[0]!, count: 1, decoding: { maxTokens: 2 } }]));
  expect(chunk).toMatchObject({ text: "ab", finish: "length" });
  const cut = { unit: "token", keep: 2 } as const;
  expect(only(await access.continue([{ parent: chunk.id, cut }])).text).toBe("ab\nab");
  await expect(access.continue([{ parent: chunk.id, cut, decoding: { maxTokens: 6 } }])).rejects.toThrow(/over-cap/);
});

test("step rewards are those of the response so far, the whole last", async () => {
  const access = open({ unit: "tokens", amount: 1000, scope: "problem" }, 7);
  const drawn = await access.draw([{ problem: access.problems[0]!, count: 1 }]);
  const before = access.spent(access.problems[0]!);
  expect(await access.stepRewards(drawn[0]!)).toEqual([Float64Array.of(3, 6, 7)]);
  // Every prefix was read with its prompt of 4 tokens.
  expect(access.spent(access.problems[0]!) - before).toBe(3 + 6 + 7 + 3 * 4);
});

test("what is not there cannot be named", async () => {
  const access = open({ unit: "samples", amount: 9, scope: "problem" });
  await expect(access.continue([{ parent: "p#7", cut: { unit: "token", keep: 0 } }])).rejects.toThrow(/unknown-sample/);
  const [drawn] = await access.draw([{ problem: access.problems[0]!, count: 1 }]);
  await expect(access.reward(drawn!, "gold")).rejects.toThrow(/no-reward-model.*Received: gold/);
  expect(await access.reward(drawn!)).toEqual(Float64Array.of(6));
});

test("reading a grade of a draw is written down", async () => {
  const access = open({ unit: "samples", amount: 9, scope: "problem" });
  const drawn = only(await access.draw([{ problem: access.problems[0]!, count: 1 }]));
  expect({ ...drawn }).not.toHaveProperty("grade");
  expect(Reflect.get(drawn, "grade")).toBe(1);
  expect(access.trespasses).toContainEqual(expect.stringMatching(/^read grade of p#/));
});
