import type { LlamaConfig } from "./config.ts";
import { upload } from "./gradient-function.ts";
import { GradientPool } from "./gradient-pool.ts";
import { loadJax } from "./jax.ts";
import type { Array as JaxArray, Jax } from "./jax.ts";
import type { LikelihoodGradient, TokenRow } from "./likelihood-gradient.ts";
import { hiddenStates } from "./llama.ts";
import type { Parameters } from "./llama.ts";
import { logProbabilities } from "./losses.ts";
import type { Inputs } from "./losses.ts";
import { parameterLayout } from "./parameters.ts";
import type { RowInputs } from "./rows.ts";
import { checkCoefficients, checkTokenRows, contributing } from "./token-rows.ts";

/** Rows of a tile, and what lengths are rounded up to: every shape costs seconds of compilation, so there are few. */
const TILE_ROWS = 16;
const LENGTH_STEP = 32;
/** Tiles under way at a time, each with a gradient of its own. */
const SHARDS = 4;

/** {@link LikelihoodGradient} by automatic differentiation. */
export class JaxLikelihoodGradient implements LikelihoodGradient {
  readonly parameters: Float32Array<SharedArrayBuffer>;
  readonly #config: LlamaConfig;
  readonly #pool: GradientPool;
  #forward: Promise<Forward> | undefined;

  constructor(config: LlamaConfig, threads: number) {
    const kind = "language-model";
    const trainable = parameterLayout(config, kind).slots.map(({ name }) => name);
    this.#config = config;
    this.#pool = new GradientPool({ config, kind, loss: "supervised", trainable, shards: SHARDS, threads });
    this.parameters = this.#pool.parameters;
  }

  async logProbabilities(rows: readonly TokenRow[]): Promise<readonly Float32Array[]> {
    checkTokenRows(rows, this.#config.vocab_size);
    this.#forward ??= compileForward(this.#config);
    const forward = await this.#forward;
    const results = rows.map(({ tokens }) => new Float32Array(tokens.length));
    for (const tile of tiles(rows, [...rows.keys()])) {
      const values = await forward.run(this.parameters, tileInputs(rows, tile));
      tile.rows.forEach((r, i) => {
        const start = i * tile.length;
        results[r]!.set(values.subarray(start, start + results[r]!.length - 1), 1);
      });
    }
    return results;
  }

  async gradient(
    rows: readonly TokenRow[],
    coefficients: readonly Float32Array[],
    into: Float32Array,
  ): Promise<readonly Float32Array[]> {
    checkTokenRows(rows, this.#config.vocab_size);
    checkCoefficients(rows, coefficients);
    into.fill(0);
    const sum = new Float32Array(into.length);
    const shards = tiles(rows, contributing(coefficients)).map((tile) => tileInputs(rows, tile, coefficients));
    for (let first = 0; first < shards.length; first += SHARDS) {
      await this.#pool.compute(shards.slice(first, first + SHARDS), sum);
      for (let i = 0; i < into.length; i++) into[i] = into[i]! + sum[i]!;
    }
    return this.logProbabilities(rows);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    (await this.#forward)?.dispose();
    await this.#pool[Symbol.asyncDispose]();
  }
}

interface Tile {
  readonly rows: readonly number[];
  readonly length: number;
}

/** Rows of one rounded length stand together, in their order. */
function tiles(rows: readonly TokenRow[], chosen: readonly number[]): Tile[] {
  const rounded = (r: number): number => LENGTH_STEP * Math.ceil(rows[r]!.tokens.length / LENGTH_STEP);
  const byLength = Map.groupBy(chosen, rounded);
  return [...byLength]
    .toSorted(([a], [b]) => a - b)
    .flatMap(([length, members]) =>
      Array.from({ length: Math.ceil(members.length / TILE_ROWS) }, (_, i) => ({
        rows: members.slice(i * TILE_ROWS, (i + 1) * TILE_ROWS),
        length,
      })),
    );
}

/** Inputs of the supervised loss Σ w·(−log p) with w = −c; targets stand under the positions that predict them. */
function tileInputs(rows: readonly TokenRow[], tile: Tile, coefficients?: readonly Float32Array[]): RowInputs {
  const { length } = tile;
  const tokens = new Int32Array(TILE_ROWS * length);
  const targets = new Int32Array(TILE_ROWS * length);
  const weights = new Float32Array(TILE_ROWS * length);
  tile.rows.forEach((r, i) => {
    tokens.set(rows[r]!.tokens, i * length);
    targets.set(rows[r]!.tokens.subarray(1), i * length);
    coefficients?.[r]!.forEach((value, t) => {
      if (t > 0) weights[i * length + t - 1] = -value;
    });
  });
  const shape = [TILE_ROWS, length];
  const inputs = { tokens: { shape, data: tokens }, targets: { shape, data: targets } };
  return coefficients === undefined ? inputs : { ...inputs, weights: { shape, data: weights } };
}

interface Forward {
  readonly run: (parameters: Float32Array, inputs: RowInputs) => Promise<Float32Array>;
  readonly dispose: () => void;
}

async function compileForward(config: LlamaConfig): Promise<Forward> {
  const jax: Jax = await loadJax();
  const { slots } = parameterLayout(config, "language-model");
  const compiled = jax.jit((parameters: Parameters, inputs: Inputs): JaxArray => {
    const hidden = hiddenStates(jax, config, parameters, inputs["tokens"]!);
    const result = logProbabilities(jax, config, parameters, hidden, inputs["targets"]!);
    jax.tree.dispose(parameters);
    return result;
  });
  return {
    run: async (parameters, inputs) => {
      const arrays = slots.map(({ name, shape, offset, size }): [string, JaxArray] => {
        // A copy: jax-js wants memory of its own.
        const values = Float32Array.from(parameters.subarray(offset, offset + size));
        return [name, jax.np.array(values).reshape([...shape])];
      });
      return (await compiled(Object.fromEntries(arrays), upload(jax, inputs)).data()) as Float32Array;
    },
    dispose: () => compiled.dispose(),
  };
}
