import { stream, type Procedure } from "@touchstone/core";
import { bestOfN } from "@touchstone/method-best-of-n";
import { drawnView, randomConditional, toyPolicy, type ToyAccess } from "@touchstone/testkit";
import { describe, expect, test } from "vitest";
import { beam, dvts, particleFiltering, speculativeRejection, stepBestOfN } from "../src/index.ts";
import { callsOf, decide, lawOfAnswers, lettersPolicy, openAccess } from "./toy-worlds.ts";

const countOfA = (text: string) => text.split("a").length - 1;
const TWO_LINES = lettersPolicy(2);
const BOTH_A = "a\na\n";

/** How far a mean of `repetitions` numbers in [0, 1] is from what it should be, in standard errors (at most: of zeros and ones). */
function errors(value: number, expected: number, repetitions: number): number {
  return Math.abs(value - expected) / Math.sqrt((expected * (1 - expected)) / repetitions);
}

describe("step-best-of-n", () => {
  test("finds the best line at every step: the chance by hand", async () => {
    const problems = 1000;
    const access = openAccess({ policy: TWO_LINES, problems, samples: 10, reward: countOfA });
    const law = await lawOfAnswers(stepBestOfN, access);
    // The first response has two lines and its end: three parts, so width 9/3. Both lines are a with (1 − 2⁻³)². Two parts end
    // it, and the last of the ten is a response of its own. Missed where all three miss.
    const missed = (3 / 4) * (1 - (7 / 8) ** 2) * (3 / 4);
    expect(errors(law.get(BOTH_A)!, 1 - missed, problems)).toBeLessThan(4);
  });
});

describe("beam", () => {
  test("keeps several prefixes: the chance by hand", async () => {
    const problems = 1000;
    const access = openAccess({ policy: TWO_LINES, problems, samples: 13, reward: countOfA });
    const law = await lawOfAnswers(beam, access, { children: 2 });
    // Width 12/3 = 4, two kept. Of four first lines two or more are a with 11/16 (then four children of a: 15/16), one with 4/16 (two
    // children: 3/4). Two parts end the kept ones; the last two of the thirteen are one response in two parts.
    const found = (11 / 16) * (15 / 16) + (4 / 16) * (3 / 4);
    expect(errors(law.get(BOTH_A)!, 1 - (3 / 4) * (1 - found) * (3 / 4), problems)).toBeLessThan(4);
  });
});

describe("beam, watched", () => {
  test("carries on with as many prefixes as it keeps, each with its share of the children", async () => {
    const access = openAccess({ policy: TWO_LINES, problems: 1, samples: 13, reward: countOfA });
    const rounds: { readonly parents: number; readonly counts: readonly (number | undefined)[] }[] = [];
    const watched = new Proxy(access, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (key !== "continue") return typeof value === "function" ? value.bind(target) : value;
        return (requests: Parameters<ToyAccess["continue"]>[0]) => {
          const kept = requests.filter(({ cut }) => cut.keep > 0);
          rounds.push({
            parents: new Set(kept.map(({ parent }) => parent)).size,
            counts: kept.map(({ count }) => count),
          });
          return target.continue(requests);
        };
      },
    });
    await decide(beam, watched, { children: 2 });
    // Width 12/3 = 4: the first lines come from the prompt, then two kept prefixes have two children each.
    expect(rounds.slice(0, 2)).toEqual([
      { parents: 0, counts: [] },
      { parents: 2, counts: [2, 2] },
    ]);
  });
});

describe("dvts", () => {
  test("with one tree is step-best-of-n", async () => {
    for (const samples of [1, 2, 5, 12, 31]) {
      const open = () => openAccess({ policy: TWO_LINES, problems: 8, samples, reward: countOfA });
      expect(await decide(dvts, open(), { trees: 1 })).toEqual(await decide(stepBestOfN, open()));
    }
  });

  test("gives as many trees their children as a round has room for, and leaves the rest to another pass", async () => {
    const access = openAccess({ policy: TWO_LINES, problems: 1, samples: 16, reward: countOfA });
    const [decision] = await decide(dvts, access, { children: 2 });
    // The first response has three parts: 15/3 = 5 parts a round, so two trees of two children, which end after 12. The last three
    // parts are a tree of one child.
    expect(decision!.diagnostics).toMatchObject({ search_passes: 2, mean_width: (2 * 2 + 1) / 2 });
  });

  test("grows its trees apart: the chance by hand", async () => {
    const problems = 1000;
    const access = openAccess({ policy: TWO_LINES, problems, samples: 13, reward: countOfA });
    const law = await lawOfAnswers(dvts, access, { children: 2 });
    // Width 4: two trees of two children, each with both lines a by (3/4)². Of the last four parts two keep the trees' ends safe: each
    // tree ends with one, and the last two are one response in two parts.
    expect(errors(law.get(BOTH_A)!, 1 - (3 / 4) * (1 - 9 / 16) ** 2 * (3 / 4), problems)).toBeLessThan(4);
  });
});

describe("speculative-rejection", () => {
  test("without rejection is best-of-n on the same draws", async () => {
    const open = () => openAccess({ policy: TWO_LINES, problems: 20, samples: 6, reward: countOfA, seed: 5 });
    const decisions = await decide(speculativeRejection, open(), { alpha: 0 });
    const access = open();
    const drawn = await access.draw(access.problems.map((problem) => ({ problem, count: 6 })));
    for (const [i, decision] of decisions.entries()) {
      const rewards = drawn[i]!.map(({ text }) => countOfA(text));
      const selection = bestOfN.select(drawnView({ rewards }), {}, stream(1));
      if (decision.kind === "abstained" || selection.kind === "abstained") throw new Error("every reward is valid");
      const weights = new Map(decision.weights.map(({ id, weight }) => [id, weight]));
      expect(drawn[i]!.map(({ id }) => weights.get(id) ?? 0)).toEqual(Array.from(selection.weights));
    }
  });

  test("of an odd number gives up the larger half", async () => {
    const access = openAccess({ policy: TWO_LINES, problems: 1, samples: 8, reward: countOfA, maxTokens: 6 });
    const [decision] = await decide(speculativeRejection, access, { chunks: 3 });
    // Of five two go on and of these one: 5 + 2 + 1 parts, and four of five are given up.
    expect(decision!.diagnostics).toMatchObject({ begun_responses: 5, rejected_share: 4 / 5, finished_responses: 1 });
  });

  test("gives up the lower half after every chunk: the chance by hand", async () => {
    const problems = 1000;
    // Chunks of two tokens are lines. Of 4 first lines the best 2 go on, of these the best one: 4 + 2 + 1 parts.
    const access = openAccess({ policy: TWO_LINES, problems, samples: 7, reward: countOfA, maxTokens: 6 });
    const law = await lawOfAnswers(speculativeRejection, access, { chunks: 3 });
    // Two or more of four lines are a (11/16): one of two second lines is a with 3/4. One (4/16): its own with 1/2.
    expect(errors(law.get(BOTH_A)!, (11 / 16) * (3 / 4) + (4 / 16) * (1 / 2), problems)).toBeLessThan(4);
  });
});

describe("particle-filtering", () => {
  test("with a constant reward keeps the base law, whatever the lengths", async () => {
    const vocabulary = ["a", "b", "\n"];
    const policy = toyPolicy({ vocabulary, conditional: randomConditional(11, vocabulary.length) });
    const problems = 2000;
    const decoding = { temperature: 1, topK: 0, topP: 1, maxTokens: 3, stop: [] };
    // A line that ends at the length cap stops there, its delimiter not in the text.
    const body = (text: string) => text.replace(/\n$/, "");
    const exact = new Map<string, number>();
    for (const { text, probability } of policy.responses([{ role: "user", content: "q" }], decoding)) {
      exact.set(body(text), (exact.get(body(text)) ?? 0) + probability);
    }
    for (const answer of ["best", "sample"]) {
      const access = openAccess({ policy, problems, samples: 9, reward: () => 0.5, maxTokens: 3 });
      const law = new Map<string, number>();
      for (const [text, weight] of await lawOfAnswers(particleFiltering, access, { answer })) {
        law.set(body(text), (law.get(body(text)) ?? 0) + weight);
      }
      for (const [text, probability] of exact) {
        // One more than four: there are forty texts.
        expect(errors(law.get(text) ?? 0, probability, problems)).toBeLessThan(5);
      }
    }
  });

  test("draws particles again by the softmax of their rewards: the chance by hand", async () => {
    const problems = 2000;
    const access = openAccess({ policy: lettersPolicy(1), problems, samples: 5, reward: countOfA });
    const law = await lawOfAnswers(particleFiltering, access, { answer: "sample" });
    // One line and its end: two parts, so two particles. Both a (1/4) or both b (1/4) stay so. One of each (1/2): a is drawn again
    // with w = e/(1 + e); both a with w², one with 2w(1 − w), of which the answer is a with w.
    const w = Math.E / (1 + Math.E);
    expect(errors(law.get("a\n")!, 1 / 4 + (1 / 2) * (w ** 2 + 2 * w * (1 - w) * w), problems)).toBeLessThan(4);
  });

  test("a temperature in standard deviations is that many times the reward model's scale", async () => {
    const open = (rewardScale: number) =>
      openAccess({ policy: TWO_LINES, problems: 40, samples: 13, reward: countOfA, rewardScale });
    const run = (given: object, rewardScale: number) =>
      decide(particleFiltering, open(rewardScale), { answer: "sample", ...given });
    const raw = await run({ temperature: 2 }, 4);
    expect(await run({ temperature: 0.5, unit: "sd" }, 4)).toEqual(raw);
    expect(await run({ temperature: 0.5, unit: "sd" }, 1)).not.toEqual(raw);
  });

  test("takes the logit of rewards that are probabilities", async () => {
    const problems = 2000;
    const reward = (text: string) => (text.startsWith("a") ? 0.8 : 0.5);
    const access = openAccess({ policy: lettersPolicy(1), problems, samples: 5, reward });
    const law = await lawOfAnswers(particleFiltering, access, { answer: "sample", transform: "logit" });
    // Odds 4 and 1: w = 4/5.
    expect(errors(law.get("a\n")!, 1 / 4 + (1 / 2) * (0.8 ** 2 + 2 * 0.8 * 0.2 * 0.8), problems)).toBeLessThan(4);
  });
});

describe("all of them", () => {
  const vocabulary = ["a", "b"];
  const oneLine = toyPolicy({ vocabulary, conditional: randomConditional(3, vocabulary.length) });
  const ALL: readonly Procedure[] = [stepBestOfN, beam, dvts, speculativeRejection, particleFiltering];
  const SEARCHES = [stepBestOfN, beam, dvts] as readonly Procedure[];

  test.each(SEARCHES)("where responses have one line $name is best-of-n with the whole budget", async (procedure) => {
    const reward = (text: string) => stream(7, text).uniform();
    const access = openAccess({ policy: oneLine, problems: 30, samples: 11, reward, maxTokens: 4 });
    const decisions = await decide(procedure, access);
    for (const [i, problem] of access.problems.entries()) {
      const drawn = access.drawnFor(problem.id);
      const highest = Math.max(...drawn.map(({ text }) => reward(text)));
      const winners = drawn.filter(({ text }) => reward(text) === highest).map(({ id }) => id);
      expect(drawn).toHaveLength(11);
      expect(decisions[i]).toMatchObject({ weights: winners.map((id) => ({ id, weight: 1 / winners.length })) });
    }
  });

  test.each([...SEARCHES, speculativeRejection] as readonly Procedure[])(
    "$name spends every sample of its budget and no more",
    async (procedure) => {
      for (const samples of [1, 2, 3, 7, 24]) {
        const access = openAccess({ policy: TWO_LINES, problems: 6, samples, reward: countOfA });
        await decide(procedure, access);
        expect(access.problems.map((problem) => access.spent(problem))).toEqual(access.problems.map(() => samples));
      }
    },
  );

  test.each(ALL)("$name asks the model as often for many problems as for the slowest of them", async (procedure) => {
    const one = await callsOf(procedure, openAccess({ policy: TWO_LINES, problems: 1, samples: 16, reward: countOfA }));
    const many = await callsOf(
      procedure,
      openAccess({ policy: TWO_LINES, problems: 40, samples: 16, reward: countOfA }),
    );
    // One call to draw and one to continue a round, and problems whose first response tells otherwise take other rounds.
    expect(many).toBeLessThanOrEqual(2 * one + 4);
  });

  test.each(ALL)("$name answers with finished responses only", async (procedure) => {
    const access = openAccess({ policy: TWO_LINES, problems: 25, samples: 9, reward: countOfA });
    const law = await lawOfAnswers(procedure, access);
    for (const text of law.keys()) expect(text).toMatch(/^[ab]\n[ab]\n$/);
  });
});
