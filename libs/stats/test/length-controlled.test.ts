import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, test } from "vitest";
import { instructionDifficulty, lengthControlledWinRate, winRateOf } from "../src/length-controlled.ts";
import { fitLogistic } from "../src/logistic.ts";

const SIZE = 40;
const along = <T>(value: (i: number) => T) => Array.from({ length: SIZE }, (_, i) => value(i));
const lengthDifferences = along((i) => ((i * 37) % 101) * 10 - 400);
const difficulty = along((i) => Math.sin(i));
const preferences = along(
  (i) =>
    1 /
    (1 + Math.exp(0.6 - 0.9 * Math.tanh(lengthDifferences[i]! / 500) - 0.7 * difficulty[i]! - 0.8 * Math.cos(3 * i))),
);

test("with one feature that is always 1 the fitted probability is the mean, shrunk by 1/(C n)", () => {
  // d/dw [|w| + C n H(ȳ, σ(w))] = 0 ⇔ σ(w) = ȳ − sign(w)/(C n): from .8 down, from .2 up, and 0 where the penalty outweighs all.
  const fit = (y: number, C: number) =>
    1 /
    (1 +
      Math.exp(-fitLogistic({ features: along(() => [1]), targets: along(() => y), weights: along(() => 1) }, C)[0]!));
  expect(fit(0.8, 1)).toBeCloseTo(0.8 - 1 / 40, 9);
  expect(fit(0.2, 0.5)).toBeCloseTo(0.2 + 1 / 20, 9);
  expect(fit(0.51, 0.5)).toBe(0.5);
});

test("a penalised fit with three features is that of an independent solver", () => {
  // scipy 1.17: minimize(method="L-BFGS-B") over w = u − v, u, v ≥ 0, of Σ(u + v) + C Σ (logaddexp(0, z) − y z), C = 1/2, on the same
  // data with X = [tanh(Δ / Δ.std(ddof=1)), γ, 1].
  const sd = Math.sqrt(
    lengthDifferences.reduce((sum, d) => sum + (d - lengthDifferences.reduce((a, b) => a + b) / SIZE) ** 2, 0) /
      (SIZE - 1),
  );
  const features = along((i) => i).map((i) => [Math.tanh(lengthDifferences[i]! / sd), difficulty[i]!, 1]);
  const w = fitLogistic({ features, targets: preferences, weights: along(() => 1) }, 0.5);
  [0.07162313, 0.16920668, -0.21684339].forEach((expected, j) => expect(w[j]).toBeCloseTo(expected, 4));
});

describe("the length-controlled win rate", () => {
  test("with and without difficulties is that of an independent computation", () => {
    // The same solver as above, C chosen from logspace(-4, 4, 10) by five folds (i mod 5), then the mean of σ(ψ γ_i + θ).
    const hard = lengthControlledWinRate({ preferences, lengthDifferences }, { difficulty });
    expect(hard.winRate).toBeCloseTo(0.4005217, 7);
    expect(hard.lengthControlled).toBeCloseTo(0.36781, 4);
    expect(hard.lengthControlledStandardError).toBeCloseTo(0.016648, 4);
    expect(hard.coefficients.length).toBeCloseTo(0.711, 3);
    const minimal = lengthControlledWinRate({ preferences, lengthDifferences });
    expect(minimal.lengthControlled).toBeCloseTo(0.36974, 4);
    expect(minimal.C).toBeCloseTo(21.5443469, 6);
  });

  test("with gamed baselines too", () => {
    const gamed = [1, -1].map((sign) => ({
      preferences: along((i) => 0.5 + sign * 0.1 + 0.05 * Math.sin(2 * i)),
      lengthDifferences: along((i) => sign * (200 + ((i * 17) % 23) * 20)),
    }));
    const found = lengthControlledWinRate({ preferences, lengthDifferences }, { difficulty, gamed });
    expect(found.lengthControlled).toBeCloseTo(0.37242, 4);
    expect(found.coefficients.length).toBeCloseTo(0.6101, 3);
  });

  test("is the plain one where all responses are as long as the baseline's", () => {
    const found = lengthControlledWinRate({ preferences, lengthDifferences: along(() => 0) });
    expect(found.coefficients.length).toBe(0);
    // But for the penalty, which draws the probability towards one half by 1/(C n).
    expect(found.lengthControlled).toBeCloseTo(found.winRate + 1 / (found.C * SIZE), 8);
  });

  test("leaves out what was not judged, says so, and is undefined for nothing", () => {
    const some = preferences.map((value, i) => (i % 4 === 0 ? Number.NaN : value));
    const found = lengthControlledWinRate({ preferences: some, lengthDifferences });
    expect(found).toMatchObject({ verdicts: 30, missing: 10 });
    expect(found.lengthControlled).toBeGreaterThan(0);
    const none = lengthControlledWinRate({ preferences: [Number.NaN], lengthDifferences: [3] });
    expect(none).toMatchObject({ lengthControlled: Number.NaN, winRate: Number.NaN, missing: 1 });
  });

  test("refuses parallel arrays of different lengths", () => {
    expect(() => lengthControlledWinRate({ preferences, lengthDifferences: [1] })).toThrow(/of 40/);
  });
});

const DATA = resolve(import.meta.dirname, "../../../../shared/data/alpaca_eval");

describe.skipIf(!existsSync(DATA))("on AlpacaEval's own verdicts (skipped where ../shared/data is not there)", () => {
  const [header, ...matrix] = jsonLines("preferences_matrix.jsonl");
  const models = header!["weighted_alpaca_eval_gpt4_turbo"] as string[];
  // A verdict of 0 is a tie, as AlpacaEval reads it.
  const wins = models.map((_, m) =>
    matrix.map((row) => {
      const preference = (row["w"] as (number | null)[])[m];
      return preference === null || preference === undefined ? Number.NaN : preference === 0 ? 0.5 : preference - 1;
    }),
  );
  const board = leaderboard();
  const listed = models.map((name, m) => ({ name, m, row: board.get(name) })).filter(({ row }) => row !== undefined);

  test("win rates and standard errors are those of the leaderboard", () => {
    expect(listed.length).toBeGreaterThan(50);
    const [found, recorded]: [unknown[], unknown[]] = [[], []];
    for (const { name, m, row } of listed) {
      const { winRate, standardError } = winRateOf(wins[m]!);
      found.push({ name, winRate: (100 * winRate).toFixed(3), standardError: (100 * standardError).toFixed(3) });
      recorded.push({
        name,
        winRate: Number(row!["win_rate"]).toFixed(3),
        standardError: Number(row!["standard_error"]).toFixed(3),
      });
    }
    expect(found).toEqual(recorded);
  });

  test("length-controlled win rates of 62 instructions are within 5 points of those published for 805, where rates are not lopsided", () => {
    // Where nearly all verdicts are losses, 62 of them do not say what length does: the published fit leans on gamed baselines there.
    const slice = jsonLines("pool_slice.jsonl");
    const all = instructionDifficulty(wins);
    const hardness = slice.map((row) => all[row["instruction_idx"] as number]!);
    const balanced = listed.flatMap(({ name, row }) => {
      const pairs = slice.flatMap((line, i) => {
        const own = (line["responses"] as Recorded[]).find(({ generator }) => generator === name);
        // A few models have no verdict on a few instructions.
        if (typeof own?.preference_weighted_gpt4_turbo !== "number") return [];
        const length = own.output.length - (line["reference_output"] as string).length;
        return [{ p: own.preference_weighted_gpt4_turbo - 1, length, hard: hardness[i]! }];
      });
      const { winRate } = winRateOf(pairs.map(({ p }) => p));
      if (winRate < 0.2 || winRate > 0.8) return [];
      const rates = lengthControlledWinRate(
        { preferences: pairs.map(({ p }) => p), lengthDifferences: pairs.map(({ length }) => length) },
        { difficulty: pairs.map(({ hard }) => hard) },
      );
      return [{ ...rates, published: Number(row!["length_controlled_winrate"]) }];
    });
    expect(balanced.length).toBeGreaterThanOrEqual(6);
    for (const { lengthControlled, published } of balanced)
      expect(Math.abs(100 * lengthControlled - published)).toBeLessThan(5);
  });
});

interface Recorded {
  readonly generator: string;
  readonly output: string;
  readonly preference_weighted_gpt4_turbo: number | null;
}

function jsonLines(name: string): Record<string, unknown>[] {
  return readFileSync(resolve(DATA, name), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

function leaderboard(): Map<string, Record<string, string>> {
  const [head, ...lines] = readFileSync(resolve(DATA, "weighted_alpaca_eval_gpt4_turbo_leaderboard.csv"), "utf8")
    .trim()
    .split("\n");
  const names = head!.split(",");
  return new Map(
    lines.map((line) => {
      const cells = line.split(",");
      return [cells[0]!, Object.fromEntries(names.map((name, i) => [name, cells[i]!]))];
    }),
  );
}
