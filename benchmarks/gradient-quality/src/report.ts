import type { locationScale } from "./location-scale.ts";
import type { Cosines, RewardLaw } from "./tabular.ts";

/** What `bench:gradients` computed, as kept in results/gradient-quality.json. */
export interface GradientReport {
  readonly date: string;
  readonly seed: number;
  readonly locationScale: readonly (Cell & { readonly rows: ReturnType<typeof locationScale> })[];
  readonly tabular: readonly (Cell & { readonly law: RewardLaw; readonly rows: readonly Cosines[] })[];
}

interface Cell {
  readonly size: number;
  readonly n: number;
  readonly groups: number;
}

/** The page docs/gradient-quality.md. */
export function gradientPage(report: GradientReport): string {
  return `${[
    "# How good the gradients are",
    "",
    "<!-- Written by `npm run bench:gradients` from benchmarks/gradient-quality; a test holds the two together. -->",
    "",
    "[Advantage estimators](advantages.md) against exact gradients of J_n, the mean best of n, from groups of m rollouts; all see the same groups. Our",
    "simulation, no training. **The layout of prefix-tea is ours**, `best-of-n-mean`, `bon-rl` and `cat-bon` are reconstructions, the formula of `tea` is",
    "derived from a second-hand description. `tea` has its default top, a quarter and at least 4.",
    "",
    "## Where the assumption holds: location and scale",
    "",
    "A normal policy whose action is its reward. Mean gradient by location and log scale ± standard error, and the deviation of the second in one group.",
    ...[...new Set(report.locationScale.map(({ n }) => n))].flatMap((n) => locationTable(report, n)),
    "",
    "## Where it does not: any direction",
    "",
    "A softmax over 1,000 actions, all alike. Cosine with the exact gradient: of the mean estimate, its noise taken out | of the mean of 512 groups.",
    "Intervals and norms are in benchmarks/gradient-quality/results.",
    ...cosineTables(report),
    "",
    `Computed on ${report.date}, seed ${report.seed}.`,
  ].join("\n")}\n`;
}

function locationTable(report: GradientReport, n: number): string[] {
  const cells = report.locationScale.filter((cell) => cell.n === n);
  const exact = cells[0]!.rows[0]!.scale.exact;
  return [
    "",
    `n = ${n}, exact (1, ${exact.toFixed(3)}):`,
    "",
    ...table(
      ["estimator", ...cells.map(({ size }) => `m = ${size}`)],
      labelsOf(cells).map((label) => [
        label,
        ...cells.map(({ rows }) => {
          const row = rows.find((candidate) => candidate.label === label);
          if (row === undefined) return "–";
          const { location, scale } = row;
          const part = ({ mean, standardError }: typeof scale) => `${mean.toFixed(2)} ± ${standardError.toFixed(2)}`;
          return `${part(location)}, ${part(scale)} (${scale.deviation.toFixed(1)})`;
        }),
      ]),
    ),
  ];
}

function cosineTables(report: GradientReport): string[] {
  const keys = [...new Set(report.tabular.map(({ size, n }) => `${size},${n}`))];
  return keys.flatMap((key) => {
    const cells = report.tabular.filter(({ size, n }) => `${size},${n}` === key);
    return [
      "",
      `m = ${cells[0]!.size}, n = ${cells[0]!.n}:`,
      "",
      ...table(
        ["estimator", ...cells.map(({ law }) => law)],
        labelsOf(cells).map((label) => [
          label,
          ...cells.map(({ rows }) => {
            const row = rows.find((candidate) => candidate.label === label);
            return row ? `${row.ofMean.estimate.toFixed(2)} \\| ${row.ofBatch.estimate.toFixed(2)}` : "–";
          }),
        ]),
      ),
    ];
  });
}

function labelsOf(cells: readonly { readonly rows: readonly { readonly label: string }[] }[]): string[] {
  return [...new Set(cells.flatMap(({ rows }) => rows.map(({ label }) => label)))];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}
