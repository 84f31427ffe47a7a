/** `npm run bench:generate`: tokens per second and peak memory of our engine and of transformers.js on the same weights. */
import { mkdir, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { defaultTile, type LanguageModelOptions } from "@touchstone/inference";
import { matmulCeiling, memoryCeiling } from "./ceiling.ts";
import type { Generator } from "./generator.ts";
import { machine } from "./machine.ts";
import { alternate } from "./measure.ts";
import { peakMemory } from "./memory.ts";
import { speedTable, writePerformancePage } from "./page.ts";
import type { SpeedReport, SpeedRow } from "./rows.ts";
import { shapeTable } from "./shape-report.ts";
import type { ShapeReport } from "./shape-report.ts";
import { SHAPES, type ShapeSize, withShape } from "./shapes.ts";
import { touchstone } from "./touchstone-engine.ts";
import { transformers } from "./transformers-engine.ts";
import { ROOT, type Workload, withWorkloads } from "./workload.ts";

const { values } = parseArgs({
  options: {
    json: { type: "boolean", default: false },
    rounds: { type: "string", default: "5" },
    only: { type: "string" },
    write: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const only = values.only;
const known = only === undefined || only === "small" || only === "shapes";
if (values.help || !known || !(Number.isSafeInteger(rounds) && rounds >= 1)) {
  console.log(
    "npm run bench:generate -- [--json] [--rounds 5] [--only small|shapes] [--write: keep the result and renew docs/performance.md]",
  );
  process.exit(values.help ? 0 : 2);
}

/** One line to be measured. */
interface Case {
  readonly engine: Generator["engine"];
  readonly workload: Workload;
  readonly model: string;
  readonly mode: SpeedRow["mode"];
  readonly samples: number;
  readonly options: LanguageModelOptions;
}

/** Cases that are timed in turns, because they are compared. */
type Group = readonly Case[];

const note = (text: string) => process.stderr.write(`${text}\n`);

if (only !== "shapes") {
  const report = await smallModels();
  await keep("generate.json", report);
  console.log(values.json ? JSON.stringify(report.rows, null, 2) : speedTable(report));
}
if (only !== "small") {
  const report = await shapesOfModels();
  await keep("shapes.json", report);
  console.log(values.json ? JSON.stringify(report.rows, null, 2) : shapeTable(report));
}
if (values.write) await writePerformancePage();

async function keep(name: string, report: object): Promise<void> {
  if (!values.write) return;
  const folder = join(ROOT, "benchmarks", "micro", "results");
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, name), `${JSON.stringify(report, null, 2)}\n`);
}

/** Models small enough that overheads decide. */
function smallModels(): Promise<SpeedReport> {
  const began = loadavg()[0]!;
  return withWorkloads(async ({ fixture, geometric, arith }): Promise<SpeedReport> => {
    const tile = defaultTile(0);
    const small = (workload: Workload, samples: number) => pair(workload, samples, Math.min(samples, tile));
    const lengths = (samples: number): Group => [
      ours(geometric, samples, {}),
      { ...ours(geometric, samples, { loop: "whole" }), model: "fixture-geometric-nothing-dropped" },
    ];
    const groups: Group[] = [
      [...small(fixture, 1), { ...ours(fixture, 1, { tile }), mode: "exact" }],
      small(fixture, 64),
      small(fixture, 256),
      lengths(64),
      lengths(256),
      ...(arith === undefined ? [] : [small(arith, 1), small(arith, 64), small(arith, 256)]),
    ];
    const rows: SpeedRow[] = [];
    for (const group of groups) rows.push(...(await measureGroup(group)));
    note("matrix products");
    // 2 × parameters that multiply: the fixture's tied head counts, its embedding does not.
    const { size } = await ourSize(fixture);
    return {
      date: new Date().toISOString().slice(0, 10),
      machine: machine(),
      rounds,
      load: [began, loadavg()[0]!],
      matmulGflops: await matmulCeiling(),
      flopsPerToken: 2 * size,
      rows,
    };
  });
}

/** Models of which arithmetic and memory decide. */
async function shapesOfModels(): Promise<ShapeReport> {
  const began = loadavg()[0]!;
  const rows: SpeedRow[] = [];
  const sizes: ShapeSize[] = [];
  for (const shape of SHAPES) {
    note(`${shape.name}: writing weights`);
    await withShape(shape, async (workload, size) => {
      sizes.push(size);
      for (const samples of [1, 16, 64]) rows.push(...(await measureGroup(pair(workload, samples, samples))));
    });
  }
  note("matrix products and memory");
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: machine(),
    rounds,
    load: [began, loadavg()[0]!],
    matmulGflops: await matmulCeiling(),
    memoryGigabytes: await memoryCeiling(),
    sizes,
    rows,
  };
}

function pair(workload: Workload, samples: number, tile: number): Group {
  return [
    ours(workload, samples, { tile }),
    { engine: "transformers.js", workload, model: workload.model, mode: "fast", samples, options: {} },
  ];
}

function ours(workload: Workload, samples: number, options: LanguageModelOptions): Case {
  return { engine: "touchstone", workload, model: workload.model, mode: "fast", samples, options };
}

async function ourSize(workload: Workload): Promise<{ size: number }> {
  const { loadLanguageModel } = await import("@touchstone/inference");
  const model = await loadLanguageModel(workload.folder);
  await model.close();
  return { size: model.size.active };
}

async function measureGroup(group: Group): Promise<SpeedRow[]> {
  const generators = await Promise.all(
    group.map(({ engine, workload, options }) =>
      engine === "touchstone" ? touchstone(workload, options) : transformers(workload),
    ),
  );
  const contenders = group.map(({ samples }, i) => ({ name: String(i), generator: generators[i]!, samples }));
  note(`${group[0]!.model}, ${group[0]!.samples} samples`);
  const speeds = await alternate(contenders, rounds);
  for (const generator of generators) await generator.close();
  for (const [i, { engine, model, mode }] of group.entries()) {
    note(`  ${engine}, ${model}, ${mode}: ${Math.round(speeds.get(String(i))!)} tokens/s`);
  }
  const rows: SpeedRow[] = [];
  for (const [i, { engine, workload, model, mode, samples, options }] of group.entries()) {
    rows.push({
      engine,
      device: "cpu",
      model,
      mode,
      samples,
      tokensPerSecond: speeds.get(String(i))!,
      peakMemoryBytes: await peakMemory({ engine, workload, options, samples }),
    });
  }
  return rows;
}
