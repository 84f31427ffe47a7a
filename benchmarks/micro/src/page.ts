import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { chainSection } from "./chain-report.ts";
import type { ChainReport } from "./chain-report.ts";
import type { DeviceRow } from "./device-row.ts";
import type { SpeedReport, SpeedRow } from "./rows.ts";
import { shapeSection } from "./shape-report.ts";
import type { ShapeReport } from "./shape-report.ts";
import { trainSection } from "./train-report.ts";
import type { TrainReport } from "./train-report.ts";
import { ROOT } from "./workload.ts";

const RESULTS = join(ROOT, "benchmarks", "micro", "results");
export const CHAINS_FILE = join(RESULTS, "chains.json");
export const TRAIN_FILE = join(RESULTS, "train.json");
export const SHAPES_FILE = join(RESULTS, "shapes.json");
export const DEVICES_FILE = join(RESULTS, "devices.jsonl");
export const PAGE = join(ROOT, "docs", "performance.md");

/** Writes docs/performance.md from what was measured and kept in benchmarks/micro/results. */
export async function writePerformancePage(): Promise<void> {
  await writeFile(PAGE, performancePage(readSpeed(), readDevices(), readChains(), readTraining(), readShapes()));
  await promisify(execFile)(join(ROOT, "node_modules", ".bin", "oxfmt"), [PAGE]);
}

export function readSpeed(): SpeedReport | undefined {
  const file = join(RESULTS, "generate.json");
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as SpeedReport) : undefined;
}

export function readChains(): ChainReport | undefined {
  return existsSync(CHAINS_FILE) ? (JSON.parse(readFileSync(CHAINS_FILE, "utf8")) as ChainReport) : undefined;
}

export function readShapes(): ShapeReport | undefined {
  return existsSync(SHAPES_FILE) ? (JSON.parse(readFileSync(SHAPES_FILE, "utf8")) as ShapeReport) : undefined;
}

export function readTraining(): TrainReport | undefined {
  return existsSync(TRAIN_FILE) ? (JSON.parse(readFileSync(TRAIN_FILE, "utf8")) as TrainReport) : undefined;
}

export function readDevices(): DeviceRow[] {
  if (!existsSync(DEVICES_FILE)) return [];
  const lines = readFileSync(DEVICES_FILE, "utf8").split("\n").filter(Boolean);
  return lines.map((line) => JSON.parse(line) as DeviceRow);
}

/** The page, as text. */
export function performancePage(
  speed: SpeedReport | undefined,
  devices: readonly DeviceRow[],
  chains?: ChainReport,
  training?: TrainReport,
  shapes?: ShapeReport,
): string {
  return [
    "# Performance",
    "",
    "Generated from `benchmarks/micro/results` by `npm run bench:generate -- --write`, `npm run bench:chains -- --write`,",
    "`npm run bench:train -- --write` and `npm run check:device`. Only ratios within one run travel between machines.",
    "",
    "## Drawing samples",
    "",
    speed === undefined ? "Not measured." : speedSection(speed),
    "",
    "## Shapes of published models",
    "",
    shapes === undefined ? "Not measured." : shapeSection(shapes),
    "",
    "## Continuing chains",
    "",
    chains === undefined ? "Not measured." : chainSection(chains),
    "",
    "## Training",
    "",
    training === undefined ? "Not measured." : trainSection(training),
    "",
    "## Devices",
    "",
    "The last `npm run check:device -- --device …` of each. Parity: share of greedy tokens equal to transformers.js on the CPU, and the",
    "largest difference of a log-probability to our CPU graphs. Determinism: the same samples twice and in another order; share of equal",
    "sequences between tiles of 16 and 32. Speeds in tokens per second of the fixture (64 and 256 samples) and of random Llamas of 0.1 and",
    "0.5 billion parameters (64 samples).",
    "",
    deviceTable(devices),
    "",
  ].join("\n");
}

/** The measured rows as a Markdown table, with each engine's ratio to the other. */
export function speedTable(speed: SpeedReport): string {
  const lines = speed.rows.map((row) => {
    const rival = rivalOf(row, speed.rows);
    const ratio = rival === undefined ? "" : `${(row.tokensPerSecond / rival.tokensPerSecond).toFixed(1)} ×`;
    return `| ${row.model} | ${row.samples} | ${row.engine} | ${row.mode} | ${thousands(row.tokensPerSecond)} | ${ratio} | ${mebibytes(row.peakMemoryBytes)} |`;
  });
  return [
    "| model | samples | engine | mode | tokens/s | against | peak MiB |",
    "| --- | ---: | --- | --- | ---: | ---: | ---: |",
    ...lines,
  ].join("\n");
}

function speedSection(speed: SpeedReport): string {
  const { machine, matmulGflops, flopsPerToken, rows, load } = speed;
  const best = Math.max(...rows.filter(({ model }) => model === "fixture").map((row) => row.tokensPerSecond));
  const ceiling = (matmulGflops * 1e9) / flopsPerToken;
  return [
    "Fixture: 4 layers, width 128, 4 heads, mlp 344, 64 tokens (0.8 M parameters); a prompt of 24 tokens, 64 new ones, no early end;",
    "temperature 1, no truncation. transformers.js runs a standard export of the same weights. Engines take turns; median of",
    `${speed.rounds} rounds. \`against\`: tokens per second over those of the other row of the same comparison. \`fast\` and \`exact\` differ for one`,
    "sample only: `fast` declares a tile of one row, `exact` draws a whole tile of 32 and counts one. The rows of geometric lengths compare with",
    "the same engine without dropping finished rows. Memory: highest resident memory of all processes, in a run of its own.",
    "",
    speedTable(speed),
    "",
    `Measured on ${speed.date}: ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, onnxruntime-node ${machine.onnxruntime}; load average`,
    `${load[0].toFixed(1)} at the start and ${load[1].toFixed(1)} at the end. Matrix products reach ${matmulGflops.toFixed(0)} GFLOP/s here, which at`,
    `${(flopsPerToken / 1e6).toFixed(2)} MFLOP a token is a ceiling of ${thousands(ceiling)} tokens/s; the fastest row reaches ${((100 * best) / ceiling).toFixed(0)} % of it.`,
  ].join("\n");
}

function rivalOf(row: SpeedRow, rows: readonly SpeedRow[]): SpeedRow | undefined {
  if (row.engine !== "touchstone") return undefined;
  return rows.find(
    (other) =>
      other.samples === row.samples &&
      ((other.model === row.model && other.engine === "transformers.js") ||
        other.model === `${row.model}-nothing-dropped`),
  );
}

function deviceTable(devices: readonly DeviceRow[]): string {
  const header = "| device | date | machine | parity | determinism | 64 | 256 | 0.1 B | 0.5 B | fell back to the CPU |";
  const lines = (["cpu", "webgpu", "cuda"] as const).map((device) => {
    const row = devices.findLast((other) => other.device === device);
    if (row === undefined) return `| ${device} | not measured |  |  |  |  |  |  |  |  |`;
    const speed = (value: number | null) => (value === null ? "not measured" : thousands(value));
    return [
      "",
      row.device,
      row.date,
      `${row.adapter}, ${row.machine.cores} cores`,
      `${(100 * row.parity.greedyAgreement).toFixed(1)} %, ${row.parity.largestDifference.toExponential(1)}`,
      `${row.determinism.repeats ? "same" : "differs"}, ${(100 * row.determinism.acrossTiles).toFixed(2)} %`,
      speed(row.tokensPerSecond.samples64),
      speed(row.tokensPerSecond.samples256),
      speed(row.tokensPerSecond.llama100M),
      speed(row.tokensPerSecond.llama500M),
      row.fallbacks.length === 0 ? "none" : row.fallbacks.join(", "),
      "",
    ]
      .join(" | ")
      .trim();
  });
  return [header, "| --- | --- | --- | --- | --- | ---: | ---: | ---: | ---: | --- |", ...lines].join("\n");
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function mebibytes(bytes: number): string {
  return thousands(bytes / 2 ** 20);
}
