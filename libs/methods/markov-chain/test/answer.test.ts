import { drawnSample } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { answerOf, type AnswerOptions } from "../src/answer.ts";
import { Chain, rewarded } from "../src/chain.ts";

interface Step {
  readonly text: string;
  readonly answer: number;
  readonly reward: number;
  /** How often the proposals after it are rejected. */
  readonly repeats?: number;
}

/** A chain that was at each of these states, so often. */
function chainOf(steps: readonly Step[]): Chain {
  const links = steps.map(({ text, answer, reward }) => rewarded(drawnSample({ text, answer }), reward));
  const chain = new Chain(links[0]!, ({ reward }) => reward);
  steps.forEach(({ repeats = 0 }, i) => {
    if (i > 0) chain.step(links[i]!, true, 0);
    for (let k = 0; k < repeats; k++) chain.step(links[i]!, false, 0);
  });
  return chain;
}

const DEFAULTS: AnswerOptions = { answer: "majority", burnIn: 0, thinning: 1, unparsable: "ignore" };

function weightsOf(steps: readonly Step[], options: Partial<AnswerOptions> = {}): Record<string, number> | string {
  const decision = answerOf(chainOf(steps), { ...DEFAULTS, ...options }, "final_reward");
  if (decision.kind === "abstained") return decision.reason;
  return Object.fromEntries(decision.weights.map(({ id, weight }) => [id, weight]));
}

const a = { text: "a b c", answer: 0, reward: 1 };
const b = { text: "a b d", answer: 1, reward: 3 };
const c = { text: "x y", answer: 1, reward: 2 };
const none = { text: "z", answer: -1, reward: 9 };

test("a rejected proposal repeats the state, and every repetition votes", () => {
  expect(weightsOf([a, b, c])).toEqual({ [b.text]: 1 / 2, [c.text]: 1 / 2 });
  expect(weightsOf([{ ...a, repeats: 2 }, b, c])).toEqual({ [a.text]: 1 });
  expect(weightsOf([a, { ...b, repeats: 2 }, c])).toEqual({ [b.text]: 3 / 4, [c.text]: 1 / 4 });
});

test("tied classes share the mass", () => {
  expect(weightsOf([{ ...a, repeats: 1 }, b, c])).toEqual({ [a.text]: 1 / 2, [b.text]: 1 / 4, [c.text]: 1 / 4 });
});

test("unparsable states vote only where they may, and decide nothing alone", () => {
  const steps = [a, { ...none, repeats: 5 }];
  expect(weightsOf(steps)).toEqual({ [a.text]: 1 });
  expect(weightsOf(steps, { unparsable: "vote" })).toEqual({ [none.text]: 1 });
  expect(weightsOf([none])).toBe("no state has a parsable answer");
});

test("burn-in leaves out states from the start, thinning all but every k-th of the rest", () => {
  // States a a a b c c: without the first two, every second: a (2), c (4).
  const steps = [{ ...a, repeats: 2 }, b, { ...c, repeats: 1 }];
  expect(weightsOf(steps, { burnIn: 2, thinning: 2 })).toEqual({ [a.text]: 1 / 2, [c.text]: 1 / 2 });
  expect(weightsOf(steps, { burnIn: 3 })).toEqual({ [b.text]: 1 / 3, [c.text]: 2 / 3 });
  expect(weightsOf(steps, { burnIn: 6 })).toBe("the chain is no longer than its burn-in");
});

test("minimum Bayes risk takes the state most like all of them, repetitions counted", () => {
  // ROUGE-1: a and b share 2 of 3 words each, 2/3; c shares none. Means: a (1 + 2/3)/3 = b, c 1/3.
  expect(weightsOf([a, b, c], { answer: "mbr" })).toEqual({ [a.text]: 1 / 2, [b.text]: 1 / 2 });
  // With c five times: a and b 5/21 each, c 5/7.
  expect(weightsOf([a, b, { ...c, repeats: 4 }], { answer: "mbr" })).toEqual({ [c.text]: 1 });
});

test("the best and the last state", () => {
  expect(weightsOf([a, b, c], { answer: "best" })).toEqual({ [b.text]: 1 });
  expect(weightsOf([a, b, c], { answer: "last" })).toEqual({ [c.text]: 1 });
});

test("a first state without a reward is not answered with", () => {
  const failed = { ...a, reward: Number.NaN, repeats: 3 };
  expect(weightsOf([failed, b])).toEqual({ [b.text]: 1 });
  expect(weightsOf([failed])).toBe("no state has a valid reward");
});

test("a chain of 200,000 states is kept in time linear in its steps", () => {
  const links = Array.from({ length: 1000 }, (_, i) =>
    rewarded(drawnSample({ text: `w${i % 7}`, answer: i % 3 }), i % 11),
  );
  const time = (steps: number) => {
    const start = performance.now();
    const chain = new Chain(links[0]!, ({ reward }) => reward);
    for (let i = 0; i < steps; i++) chain.step(links[i % 1000]!, i % 2 === 0, 1);
    expect(chain.visits(0, 1).length).toBe(Math.ceil(steps / 2) + 1);
    return performance.now() - start;
  };
  time(20_000);
  // Ten times the steps; a quadratic chain would take a hundred times as long.
  expect(time(200_000)).toBeLessThan(50 * Math.max(time(20_000), 2));
});
