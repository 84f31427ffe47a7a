import { buildLikelihoodGraph } from "@touchstone/graph";
import type { ModelConfig } from "@touchstone/graph";
import { InferenceSession, Tensor } from "onnxruntime-node";
import type { LlamaConfig } from "./config.ts";
import { parameterLayout } from "./parameters.ts";
import type { TileInputs } from "./tile-inputs.ts";

export type Device = "cpu" | "webgpu" | "cuda";

/** What a worker is born with. */
export interface OnnxGradientSetup {
  readonly config: LlamaConfig;
  /** The same, as graphs are built from it. */
  readonly model: ModelConfig;
  readonly device: Device;
  readonly parameters: SharedArrayBuffer;
  /** One gradient for each lane. */
  readonly lanes: readonly SharedArrayBuffer[];
}

/**
 * The likelihood graphs of one model in one thread, each opened when first needed. Parameters are read from shared memory and gradients
 * written there by the run itself, so that nothing large is copied or left to collect.
 */
export class OnnxGradientSession {
  readonly #setup: OnnxGradientSetup;
  readonly #parameters: Readonly<Record<string, Tensor>>;
  readonly #lanes: readonly Gradient[];
  #spare: Gradient | undefined;
  #forward: InferenceSession | undefined;
  #backward: InferenceSession | undefined;

  constructor(setup: OnnxGradientSetup) {
    this.#setup = setup;
    this.#parameters = tensors(setup.config, setup.parameters, "");
    this.#lanes = setup.lanes.map((buffer) => gradientIn(setup.config, buffer));
  }

  /** Whether a graph could be opened on the device. */
  get opened(): boolean {
    return (this.#forward ?? this.#backward) !== undefined;
  }

  /** Log-probabilities of the pairs. */
  async logProbabilities(tile: TileInputs): Promise<Float32Array> {
    this.#forward ??= await open(this.#setup, false);
    const { log_probability: result } = await this.#forward.run({ ...this.#parameters, ...tileTensors(tile) });
    return result!.data as Float32Array;
  }

  /** The same; writes the tile's gradient into the lane's, or adds it there. */
  async gradient(tile: TileInputs, lane: number, add: boolean): Promise<Float32Array> {
    this.#backward ??= await open(this.#setup, true);
    const target = this.#lanes[lane]!;
    if (add) this.#spare ??= gradientIn(this.#setup.config, new ArrayBuffer(target.values.byteLength));
    const written = add ? this.#spare! : target;
    const pairs = tile.pairs.length / 2;
    const logProbability = new Tensor("float32", new Float32Array(pairs), [pairs]);
    const feeds = { ...this.#parameters, ...tileTensors(tile) };
    await this.#backward.run(feeds, { ...written.fetches, log_probability: logProbability });
    if (add) addInto(target.values, written.values);
    return logProbability.data;
  }

  async release(): Promise<void> {
    await this.#forward?.release();
    await this.#backward?.release();
  }
}

/** target += values, element by element. */
export function addInto(target: Float32Array, values: Float32Array): void {
  for (let i = 0; i < target.length; i++) target[i] = target[i]! + values[i]!;
}

interface Gradient {
  readonly values: Float32Array;
  /** Outputs of the graph, lying in `values`. */
  readonly fetches: Readonly<Record<string, Tensor>>;
}

function gradientIn(config: LlamaConfig, buffer: ArrayBufferLike): Gradient {
  return { values: new Float32Array(buffer), fetches: tensors(config, buffer, "gradient.") };
}

function tensors(config: LlamaConfig, buffer: ArrayBufferLike, prefix: string): Record<string, Tensor> {
  const { slots } = parameterLayout(config, "language-model");
  return Object.fromEntries(
    slots.map(({ name, shape, offset, size }) => {
      const part = new Float32Array(buffer, offset * Float32Array.BYTES_PER_ELEMENT, size);
      return [prefix + name, new Tensor("float32", part, shape)];
    }),
  );
}

function tileTensors(tile: TileInputs): Record<string, Tensor> {
  const ids = (values: Int32Array, shape: readonly number[]): Tensor =>
    new Tensor("int64", BigInt64Array.from(values, BigInt), shape);
  const { tokens, coefficients } = tile;
  const inputs = {
    input_ids: ids(tokens, [tokens.length]),
    positions: ids(tile.positions, [tokens.length, 1]),
    queries: ids(tile.queries, [tile.windows, tile.queries.length / tile.windows]),
    keys: ids(tile.keys, [tile.windows, tile.keys.length / tile.windows]),
    homes: ids(tile.homes, [tokens.length]),
    pairs: ids(tile.pairs, [tile.pairs.length / 2, 2]),
  };
  if (coefficients === undefined) return inputs;
  return { ...inputs, coefficients: new Tensor("float32", coefficients, [coefficients.length]) };
}

function open({ model, device }: OnnxGradientSetup, gradient: boolean): Promise<InferenceSession> {
  return InferenceSession.create(buildLikelihoodGraph(model, { target: device, gradient }), {
    executionProviders: device === "cpu" ? ["cpu"] : [device, "cpu"],
    // Sums in one order, whatever the machine; several threads work on several tiles.
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
    logSeverityLevel: 3,
  });
}
