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
    /cannot keep 3 of 2 lines/,
  );
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
