import { defineSelector, type DrawnView, type Method, type Selection, type Selector } from "@touchstone/core";
import { subsets } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { z } from "zod";
import { contendersOf } from "../src/cells.ts";
import type { ProblemPool } from "../src/columns.ts";
import { decideProblem, type Decider } from "../src/decide.ts";
import { orderingOf } from "../src/subsets.ts";
import { best, bestWithoutExpectation, vote } from "./toy-world.ts";
import { toyPool } from "./toy-pool.ts";

const KEY = { seed: 0, dataset: "toy", problem: "p" };

/** A method on n samples, with the rewards of `r` where it reads any. */
function decider(method: Selector, n: number, parameters: Readonly<Record<string, unknown>> = {}): Decider {
  const choice = { name: method.name, parameters: method.parameters.parse(parameters) as object, source: "default" };
  const place = { dataset: "toy", model: "toy-policy", decoding: "" };
  const [contender] = contendersOf({ methods: [choice as never] }, [method as Method], ["r"], place);
  return { contender: contender as Decider["contender"], n };
}

const POOL = toyPool({
  answers: ["1", "2", "2", "1", null, "3", "1", "2", "4", null],
  rewards: { r: [0.5, 2, -1, 2, 3, 0, Number.NaN, 1, 1, -2] },
});

/** Mean accuracy, proxy and share of abstentions of a selector over all subsets of size n: by enumeration, without the code under test. */
function enumerated(select: (indices: readonly number[]) => ReadonlyMap<number, number> | undefined, n: number) {
  let [accuracy, proxy, decided, count] = [0, 0, 0, 0];
  const rewards = POOL.rewards.get("r")!.values;
  for (const subset of subsets(POOL.size, n)) {
    count++;
    const weights = select(subset);
    if (!weights) continue;
    decided++;
    for (const [index, weight] of weights) {
      accuracy += weight * POOL.grades[index]!;
      proxy += weight * rewards[index]!;
    }
  }
  return { accuracy: accuracy / count, proxy: proxy / decided, abstained: 1 - decided / count };
}

function bestOf(indices: readonly number[]): ReadonlyMap<number, number> | undefined {
  const rewards = POOL.rewards.get("r")!.values;
  const valid = indices.filter((i) => !Number.isNaN(rewards[i]!));
  const top = Math.max(...valid.map((i) => rewards[i]!));
  const winners = valid.filter((i) => rewards[i] === top);
  return winners.length === 0 ? undefined : new Map(winners.map((i) => [i, 1 / winners.length]));
}

function mostFrequent(indices: readonly number[]): ReadonlyMap<number, number> | undefined {
  const readable = indices.filter((i) => POOL.answers[i]! >= 0);
  const counts = Map.groupBy(readable, (i) => POOL.answers[i]!);
  const top = Math.max(...[...counts.values()].map((members) => members.length));
  const winners = [...counts.values()].filter((members) => members.length === top);
  if (winners.length === 0) return undefined;
  return new Map(winners.flatMap((members) => members.map((i) => [i, 1 / (winners.length * members.length)])));
}

test.each([1, 2, 3, 5, 10])("best of %i by its expectation equals enumeration of all subsets", (n) => {
  const [outcome] = decideProblem(POOL, [decider(best, n)], KEY, 200);
  const expected = enumerated(bestOf, n);
  expect(outcome!.accuracy).toBeCloseTo(expected.accuracy, 12);
  expect(outcome!.proxy).toBeCloseTo(expected.proxy, 12);
  expect(outcome!.abstained).toBeCloseTo(expected.abstained, 12);
  expect(outcome).toMatchObject({ replicates: 0, accuracyError: 0 });
});

test.each([1, 2, 3, 5])(
  "replicates of best of %i and of a vote come within their Monte-Carlo error of enumeration",
  (n) => {
    const deciders = [decider(bestWithoutExpectation as Selector, n), decider(vote, n)];
    const outcomes = decideProblem(POOL, deciders, KEY, 4000);
    const expected = [enumerated(bestOf, n), enumerated(mostFrequent, n)];
    for (const [i, outcome] of outcomes.entries()) {
      expect(outcome.replicates).toBe(4000);
      // Four standard errors: a false alarm once in 16,000 keys, and the key is fixed.
      expect(Math.abs(outcome.accuracy - expected[i]!.accuracy)).toBeLessThan(4 * outcome.accuracyError + 1e-12);
      const spread = Math.sqrt((expected[i]!.abstained * (1 - expected[i]!.abstained)) / 4000);
      expect(Math.abs(outcome.abstained - expected[i]!.abstained)).toBeLessThanOrEqual(4 * spread + 1e-12);
    }
    expect(Math.abs(outcomes[0]!.proxy - expected[0]!.proxy)).toBeLessThan(4 * outcomes[0]!.proxyError + 1e-12);
  },
);

test("the reported Monte-Carlo error is the spread of such estimates over keys", () => {
  const runs = Array.from(
    { length: 60 },
    (_, seed) => decideProblem(POOL, [decider(vote, 3)], { ...KEY, seed }, 200)[0]!,
  );
  const centre = runs.reduce((sum, run) => sum + run.accuracy, 0) / 60;
  const spread = Math.sqrt(runs.reduce((sum, run) => sum + (run.accuracy - centre) ** 2, 0) / 59);
  // The relative error of a standard deviation from 60 values is 1/√(2 · 59) = .09.
  expect(spread / runs[0]!.accuracyError).toBeGreaterThan(0.64);
  expect(spread / runs[0]!.accuracyError).toBeLessThan(1.36);
});

test("replicate 0 is the pool in order; the others are keyed, nested and without repetition", () => {
  const ordering = (replicate: number, length: number, problem = "p") => {
    const out = new Uint32Array(12);
    orderingOf({ ...KEY, problem }, replicate, 12, length, out);
    return [...out];
  };
  expect(ordering(0, 5)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(ordering(3, 12).toSorted((a, b) => a - b)).toEqual(ordering(0, 12));
  expect(ordering(3, 4).slice(0, 4)).toEqual(ordering(3, 12).slice(0, 4));
  expect(ordering(3, 12)).not.toEqual(ordering(4, 12));
  expect(ordering(3, 12)).not.toEqual(ordering(3, 12, "q"));
});

test("every method decides on the same subsets, whichever others take part", () => {
  const alone = decideProblem(POOL, [decider(vote, 3)], KEY, 300);
  const among = decideProblem(
    POOL,
    [decider(vote, 5), decider(bestWithoutExpectation as Selector, 2), decider(vote, 3)],
    KEY,
    300,
  );
  expect(among[2]).toEqual(alone[0]);
});

test("an abstention counts as a wrong answer and is counted as an abstention", () => {
  const pool = toyPool({ answers: ["1", null, null, null] });
  const [outcome] = decideProblem(pool, [decider(vote, 1)], KEY, 4000);
  // One of four samples is readable, and it is right.
  expect(Math.abs(outcome!.accuracy - 0.25)).toBeLessThan(4 * outcome!.accuracyError);
  expect(outcome!.abstained).toBeCloseTo(1 - outcome!.accuracy, 12);
  expect(outcome!.diagnostics.get("winning_share")).toBe(1);
});

test("with no valid reward at all, the proxy reward is undefined and not zero", () => {
  const pool = toyPool({ answers: ["1", "2"], rewards: { r: [Number.NaN, Number.NaN] } });
  for (const method of [best, bestWithoutExpectation as Selector]) {
    const [outcome] = decideProblem(pool, [decider(method, 1)], KEY, 200);
    expect(outcome).toMatchObject({ accuracy: 0, abstained: 1, proxy: Number.NaN });
  }
});

/** A selector of the test's own making. */
function selector(select: (drawn: DrawnView) => Selection, rewards: "none" | "one" = "none"): Selector {
  return defineSelector({
    name: "own",
    summary: "",
    reference: { title: "", authors: "", year: 2026 },
    needs: { rewards, answers: true },
    parameters: z.strictObject({}),
    select,
  });
}

test.each<[string, Selection, string]>([
  ["too few weights", { kind: "selected", weights: new Float64Array(2) }, "2 weights for 3 samples"],
  ["weights that do not add up to 1", { kind: "selected", weights: Float64Array.of(0.5, 0.2, 0) }, "add up to 0.7"],
  ["a negative weight", { kind: "selected", weights: Float64Array.of(2, -1, 0) }, "the weight -1"],
  ["NaN", { kind: "selected", weights: Float64Array.of(Number.NaN, 1, 0) }, "the weight NaN"],
])("a decision with %s is refused", (_name, selection, why) => {
  expect(() =>
    decideProblem(
      POOL,
      [
        decider(
          selector(() => selection),
          3,
        ),
      ],
      KEY,
      200,
    ),
  ).toThrow(why);
});

/** Prototypes of the language, from which nothing of ours can be reached. */
const LANGUAGE = [Object, Function, Array, Map, Float64Array, Int32Array, Uint8Array, ArrayBuffer].flatMap((type) => [
  type.prototype,
  Object.getPrototypeOf(type.prototype),
]);

/** Everything that can be reached from a value by properties, getters, prototypes of our own, array buffers and functions' properties. */
function reachable(start: unknown): Set<unknown> {
  const seen = new Set<unknown>(LANGUAGE);
  const queue = [start];
  while (queue.length > 0) {
    const value = queue.pop();
    if (value === null || (typeof value !== "object" && typeof value !== "function") || seen.has(value)) continue;
    seen.add(value);
    if (ArrayBuffer.isView(value)) queue.push(value.buffer);
    if (value instanceof Map || value instanceof Set) queue.push(...value.keys(), ...value.values());
    for (const key of Reflect.ownKeys(value)) {
      const property = Object.getOwnPropertyDescriptor(value, key)!;
      queue.push(property.value, property.get, property.set);
      if (property.get) queue.push(Reflect.get(value, key));
    }
    queue.push(Object.getPrototypeOf(value));
  }
  return seen;
}

/** A pool whose grades and reference cannot be touched without an alarm. */
function poisoned(pool: ProblemPool, alarm: () => never): ProblemPool {
  return Object.defineProperties({ ...pool }, { reference: { get: alarm }, grades: { value: pool.grades } });
}

test("a method can reach neither grades nor the reference, nor samples beyond its budget, nor other rewards", () => {
  const secret = "the reference nobody may see";
  const grades = new Float64Array(POOL.size).fill(0.8125);
  const pool = poisoned(
    { ...POOL, grades, rewards: new Map([...POOL.rewards, ["other", POOL.rewards.get("r")!]]) },
    () => {
      throw new Error(secret);
    },
  );
  let looked = 0;
  const peek = selector((drawn) => {
    looked++;
    const everything = reachable(drawn);
    expect(drawn.size).toBe(3);
    const buffers = [...everything].filter((value) => value instanceof ArrayBuffer);
    // No room for a fourth sample, and none of the bytes is a grade.
    expect(Math.max(...buffers.map((buffer) => buffer.byteLength))).toBe(3 * 8);
    const wide = buffers.filter((buffer) => buffer.byteLength === 3 * 8);
    expect(wide.flatMap((buffer) => [...new Float64Array(buffer)])).not.toContain(0.8125);
    expect(everything.has(pool) || everything.has(grades) || everything.has(pool.grades)).toBe(false);
    expect(Object.keys(drawn.problem).toSorted()).toEqual(["cluster", "id", "messages", "split"]);
    expect(() => drawn.rewards("other")).toThrow("may read rewards of: r");
    expect(drawn.rewardModels).toEqual(["r"]);
    return { kind: "selected", weights: new Float64Array(3).fill(1 / 3) };
  }, "one");
  decideProblem(pool, [decider(peek, 3)], KEY, 200);
  expect(looked).toBe(200);
});

test("poisoned grades change what is measured and nothing that is decided", () => {
  const decisions = (grades: Float64Array): number[][] => {
    const seen: number[][] = [];
    const recording = selector((drawn) => {
      const selection = vote.select(drawn, { unparsable: "ignore" }, undefined as never);
      seen.push(selection.kind === "selected" ? [...selection.weights] : []);
      return selection;
    });
    decideProblem({ ...POOL, grades }, [decider(recording, 4)], KEY, 200);
    return seen;
  };
  expect(decisions(new Float64Array(POOL.size).fill(Number.NaN))).toEqual(decisions(POOL.grades));
});
