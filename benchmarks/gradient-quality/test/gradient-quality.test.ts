import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { contestants } from "../src/contestants.ts";
import { PAGE, RESULTS } from "../src/places.ts";
import { gradientPage, type GradientReport } from "../src/report.ts";
import { exactGradient, gridOf, tabular } from "../src/tabular.ts";

test("the exact gradient is that of finite differences", () => {
  const rewards = gridOf("normal");
  const n = 64;
  const best = (logits: Float64Array) => {
    const weights = logits.map(Math.exp);
    const whole = weights.reduce((a, b) => a + b, 0);
    let below = 0;
    return rewards.reduce((sum, reward, y) => {
      const upTo = below + weights[y]! / whole;
      const value = (upTo ** n - below ** n) * reward;
      below = upTo;
      return sum + value;
    }, 0);
  };
  const exact = exactGradient(rewards, n);
  const step = 1e-3;
  for (const y of [0, 500, 900, 990, 998, 999]) {
    const at = (change: number) => best(new Float64Array(rewards.length).fill(change, y, y + 1));
    expect(exact[y]).toBeCloseTo((at(step) - at(-step)) / (2 * step), 6);
  }
});

test("cosines are those of our earlier table, within its tolerance of .03", () => {
  const rows = tabular(contestants(16, 64), "normal", { size: 16, n: 64, batches: 30, seed: 5 });
  const earlier = { rloo: [0.31, 0.3], "grpo-z": [0.27, 0.26], "max-at-k, k = m": [0.87, 0.79], tea: [0.85, 0.78] };
  for (const [label, [ofMean, ofBatch]] of Object.entries(earlier)) {
    const row = rows.find((candidate) => candidate.label === label)!;
    expect(Math.abs(row.ofBatch.estimate - ofBatch!)).toBeLessThan(0.03);
    // Fewer groups than the table's: its own interval is allowed for.
    expect(Math.abs(row.ofMean.estimate - ofMean!)).toBeLessThan(0.03 + (row.ofMean.high - row.ofMean.low) / 2);
  }
});

const plain = (text: string) => text.replaceAll(/ +/g, " ").replaceAll(/-{2,}/g, "--");
const report = JSON.parse(readFileSync(RESULTS, "utf8")) as GradientReport;

test("docs/gradient-quality.md says what was computed", () => {
  expect(plain(readFileSync(PAGE, "utf8"))).toBe(plain(gradientPage(report)));
});
