import { parseModelConfig } from "@touchstone/graph";
import { llamaShape } from "./config.ts";
import type { LlamaConfig } from "./config.ts";
import type { LikelihoodGradient, TokenRow } from "./likelihood-gradient.ts";
import { OnnxGradientPool } from "./onnx-gradient-pool.ts";
import type { LaneJob } from "./onnx-gradient-pool.ts";
import { addInto } from "./onnx-gradient-session.ts";
import type { Device } from "./onnx-gradient-session.ts";
import { parameterLayout } from "./parameters.ts";
import { predicting, tileInputs } from "./tile-inputs.ts";
import type { TileInputs } from "./tile-inputs.ts";
import { cutTiles } from "./tiles.ts";
import { checkCoefficients, checkTokenRows, contributing } from "./token-rows.ts";

/** Gradients summed apart from each other, so many for models of at most so many parameters, and fewer above. Part of the rounding. */
const LANES = { small: 8, parameters: 2 ** 23, large: 2 } as const;

/** {@link LikelihoodGradient} by graphs of ONNX Runtime with a backward pass written out. */
export class OnnxLikelihoodGradient implements LikelihoodGradient {
  readonly parameters: Float32Array<SharedArrayBuffer>;
  readonly #vocabulary: number;
  readonly #lanes: readonly Float32Array[];
  readonly #pool: OnnxGradientPool;
  #last: Promise<unknown> = Promise.resolve();

  constructor(config: LlamaConfig, options: { readonly device: Device; readonly threads: number }) {
    const { size } = parameterLayout(config, "language-model");
    const buffer = (): SharedArrayBuffer => new SharedArrayBuffer(size * Float32Array.BYTES_PER_ELEMENT);
    const count = size <= LANES.parameters ? LANES.small : LANES.large;
    const setup = {
      config,
      model: parseModelConfig({ ...config, architectures: ["LlamaForCausalLM"] }),
      device: options.device,
      parameters: buffer(),
      lanes: Array.from({ length: count }, buffer),
    };
    this.parameters = new Float32Array(setup.parameters);
    this.#vocabulary = llamaShape(config).vocabulary;
    this.#lanes = setup.lanes.map((shared) => new Float32Array(shared));
    this.#pool = new OnnxGradientPool(setup, options.device === "cpu" ? Math.min(options.threads, count) : 1);
  }

  async logProbabilities(rows: readonly TokenRow[]): Promise<readonly Float32Array[]> {
    checkTokenRows(rows, this.#vocabulary);
    return this.#alone(() => this.#run(rows, this.#forwardJobs(rows, [...rows.keys()])));
  }

  async gradient(
    rows: readonly TokenRow[],
    coefficients: readonly Float32Array[],
    into: Float32Array,
  ): Promise<readonly Float32Array[]> {
    checkTokenRows(rows, this.#vocabulary);
    checkCoefficients(rows, coefficients);
    return this.#alone(() => this.#gradient(rows, coefficients, into));
  }

  async #gradient(
    rows: readonly TokenRow[],
    coefficients: readonly Float32Array[],
    into: Float32Array,
  ): Promise<readonly Float32Array[]> {
    const backward = new Set(contributing(coefficients));
    const tiles = this.#cut(rows, [...backward]);
    const lanes = this.#lanes.slice(0, tiles.length);
    const inputs = tiles.map((tile) => ({ tile, inputs: tileInputs(rows, tile, coefficients) }));
    const jobs = lanes.map((_, lane): Planned => ({
      lane,
      tiles: inputs.filter((_unused, i) => i % lanes.length === lane),
    }));
    const rest = this.#forwardJobs(
      rows,
      [...rows.keys()].filter((r) => !backward.has(r)),
    );
    const results = await this.#run(rows, [...jobs, ...rest]);
    if (lanes.length === 0) into.fill(0);
    // In the order of the lanes, whichever thread filled them.
    lanes.forEach((values, lane) => (lane === 0 ? into.set(values) : addInto(into, values)));
    return results;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#pool[Symbol.asyncDispose]();
  }

  /** Calls that overlap are computed one after the other: they share the lanes. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  #cut(rows: readonly TokenRow[], chosen: readonly number[]): number[][] {
    // A row of one token has nothing to compute.
    const several = chosen.filter((r) => rows[r]!.tokens.length > 1);
    return cutTiles(rows.map(predicting), several, this.#lanes.length);
  }

  #forwardJobs(rows: readonly TokenRow[], chosen: readonly number[]): Planned[] {
    return this.#cut(rows, chosen).map((tile) => ({ tiles: [{ tile, inputs: tileInputs(rows, tile) }] }));
  }

  async #run(rows: readonly TokenRow[], plan: readonly Planned[]): Promise<readonly Float32Array[]> {
    const results = rows.map(({ tokens }) => new Float32Array(tokens.length));
    const jobs = plan.map(({ lane, tiles }): LaneJob => ({
      tiles: tiles.map(({ inputs }) => inputs),
      ...(lane !== undefined && { lane }),
    }));
    const values = await this.#pool.run(jobs);
    plan.forEach(({ tiles }, job) => {
      tiles.forEach(({ tile }, i) => {
        let start = 0;
        for (const r of tile) {
          const end = start + results[r]!.length - 1;
          results[r]!.set(values[job]![i]!.subarray(start, end), 1);
          start = end;
        }
      });
    });
    return results;
  }
}

interface Planned {
  readonly lane?: number;
  readonly tiles: readonly { readonly tile: readonly number[]; readonly inputs: TileInputs }[];
}
