import type { Machine, SpeedRow } from "./rows.ts";
import { SHAPE_TOKENS, type ShapeSize } from "./shapes.ts";

/** What `bench:generate` measured on shapes of published models, as kept in results/shapes.json. */
export interface ShapeReport {
  readonly date: string;
  readonly machine: Machine;
  readonly rounds: number;
  /** Load average (1 minute) at the beginning and at the end. */
  readonly load: readonly [number, number];
  readonly matmulGflops: number;
  /** Bytes per second that are read of memory, in units of 10⁹. */
  readonly memoryGigabytes: number;
  readonly sizes: readonly ShapeSize[];
  readonly rows: readonly SpeedRow[];
}

/**
 * Tokens per second that no engine can pass on float32 weights: a step multiplies every active parameter once for each sample, and reads
 * it at least once for all. Attention is left out of both.
 */
export function ceilings(
  { matmulGflops, memoryGigabytes }: Pick<ShapeReport, "matmulGflops" | "memoryGigabytes">,
  { activeParameters }: ShapeSize,
  samples: number,
): { readonly products: number; readonly memory: number } {
  return {
    products: (matmulGflops * 1e9) / (2 * activeParameters),
    memory: (samples * memoryGigabytes * 1e9) / (4 * activeParameters),
  };
}

export function shapeTable(report: ShapeReport): string {
  const lines = report.rows.map((row) => {
    const size = report.sizes.find(({ model }) => model === row.model)!;
    const { products, memory } = ceilings(report, size, row.samples);
    const rival = report.rows.find(
      (other) => other.model === row.model && other.samples === row.samples && other.engine !== row.engine,
    );
    const share = (ceiling: number) => `${((100 * row.tokensPerSecond) / ceiling).toFixed(0)} %`;
    return [
      "",
      row.model,
      row.samples,
      row.engine,
      decimal(row.tokensPerSecond),
      row.engine === "touchstone" && rival ? `${(row.tokensPerSecond / rival.tokensPerSecond).toFixed(2)} ×` : "",
      share(products),
      share(memory),
      thousands(row.peakMemoryBytes / 2 ** 20),
      `${(row.peakMemoryBytes / (4 * size.activeParameters)).toFixed(1)} ×`,
      "",
    ]
      .join(" | ")
      .trim();
  });
  return [
    "| shape | samples | engine | tokens/s | against | of products | of memory | peak MiB | of the weights |",
    "| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ...lines,
  ].join("\n");
}

export function shapeSection(report: ShapeReport): string {
  const { machine, matmulGflops, memoryGigabytes, load, sizes } = report;
  const shapes = sizes.map(({ model, activeParameters }) => `${model} ${(activeParameters / 1e6).toFixed(0)} M`);
  return [
    `Shapes of published models with random float32 weights (parameters that multiply for every token: ${shapes.join(", ")}), on the CPU; a`,
    `prompt of 24 tokens, ${SHAPE_TOKENS} new ones, no early end; temperature 1, no truncation. transformers.js runs a standard export of the same`,
    `weights. Both take turns; median of ${report.rounds} rounds. Ceilings of the same run, as shares: matrix products reach ${matmulGflops.toFixed(0)} GFLOP/s, each`,
    `sample taking two operations a parameter; memory is read at ${memoryGigabytes.toFixed(1)} GB/s, all parameters once a step for all samples. Memory: highest`,
    "resident memory of all processes, in a run of its own, in MiB and over the bytes of the weights.",
    "",
    shapeTable(report),
    "",
    `Measured on ${report.date}: ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, onnxruntime-node ${machine.onnxruntime}; load average`,
    `${load[0].toFixed(1)} at the start and ${load[1].toFixed(1)} at the end.`,
  ].join("\n");
}

function thousands(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

function decimal(value: number): string {
  return value < 100 ? value.toFixed(1) : thousands(value);
}
