import { writeFileSync } from "node:fs";
import { contestants } from "./contestants.ts";
import { locationScale } from "./location-scale.ts";
import { PAGE, RESULTS } from "./places.ts";
import { gradientPage, type GradientReport } from "./report.ts";
import { BATCH, REWARD_LAWS, tabular, type RewardLaw } from "./tabular.ts";

const SEED = 1;
const SIZES = [4, 8, 16, 32, 64];
const DEPLOYED = [64, 256];
/** Groups for each size: large ones say more, and cost more. */
const groupsOf = (size: number) => (size <= 16 ? 48_000 : 10_000);

const cells = DEPLOYED.flatMap((n) => SIZES.map((size) => ({ size, n, groups: groupsOf(size) })));
const report: GradientReport = {
  date: new Date().toISOString().slice(0, 10),
  seed: SEED,
  locationScale: cells.map((cell) => {
    process.stderr.write(`location and scale: m = ${cell.size}, n = ${cell.n}\n`);
    return { ...cell, rows: locationScale(contestants(cell.size, cell.n), { ...cell, seed: SEED }) };
  }),
  tabular: cells.flatMap((cell) =>
    (Object.keys(REWARD_LAWS) as RewardLaw[]).map((law) => {
      process.stderr.write(`softmax: m = ${cell.size}, n = ${cell.n}, ${law}\n`);
      const batches = Math.ceil(cell.groups / BATCH);
      const rows = tabular(contestants(cell.size, cell.n), law, { ...cell, batches, seed: SEED });
      return { ...cell, groups: batches * BATCH, law, rows };
    }),
  ),
};
writeFileSync(RESULTS, `${JSON.stringify(report, (_, value: unknown) => rounded(value), 1)}\n`);
writeFileSync(PAGE, gradientPage(report));

/** Six digits are more than the simulation knows. */
function rounded(value: unknown): unknown {
  return typeof value === "number" && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}
