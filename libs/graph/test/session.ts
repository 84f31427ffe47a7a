import { InferenceSession, Tensor } from "onnxruntime-node";
import type { RandomModel } from "./random-model.ts";

export type Output = { readonly data: Float32Array | Int32Array; readonly dims: readonly number[] };

/** A session on one CPU thread whose external data are the model's bytes in memory. */
export async function open(
  model: RandomModel,
  graph: Uint8Array,
): Promise<(feeds: Feeds) => Promise<Record<string, Output>>> {
  const session = await InferenceSession.create(graph, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    externalData: [{ path: "model.safetensors", data: model.file }],
  });
  return async (feeds) => {
    const results = await session.run(
      Object.fromEntries(session.inputNames.map((name) => [name, tensor(name, feeds)])),
    );
    return Object.fromEntries(
      Object.entries(results).map(([name, value]) => {
        const { data, dims } = value;
        if (!(data instanceof Float32Array) && !(data instanceof Int32Array))
          throw new Error(`${name} is ${value.type}`);
        return [name, { data, dims }];
      }),
    );
  };
}

/** Integer inputs are given as `int` (int64), the others as float32. */
export type Feeds = Readonly<
  Record<
    string,
    { readonly int?: readonly number[]; readonly float?: ArrayLike<number>; readonly dims: readonly number[] }
  >
>;

function tensor(name: string, feeds: Feeds): Tensor {
  const feed = feeds[name];
  if (feed === undefined) throw new Error(`no feed for ${name}`);
  return feed.int
    ? new Tensor(
        "int64",
        BigInt64Array.from(feed.int, (x) => BigInt(x)),
        feed.dims,
      )
    : new Tensor("float32", Float32Array.from(feed.float ?? []), feed.dims);
}

/** Every statistic that generate and score graphs hand out per token. */
export const outputNames = [
  "log_probability",
  "decoding_log_probability",
  "entropy",
  "self_certainty",
  "gini",
  "top_confidence",
];

/** Feeds of a generate graph; `uniforms` in step-major order. */
export function generateFeeds(run: {
  prompt: readonly number[];
  uniforms: ArrayLike<number>;
  rows: number;
  end?: readonly number[];
  temperature?: number;
  topK?: number;
  topP?: number;
}): Feeds {
  const end = run.end ?? [-1];
  return {
    prompt_ids: { int: run.prompt, dims: [run.prompt.length] },
    uniforms: { float: run.uniforms, dims: [run.uniforms.length / run.rows, run.rows] },
    end_ids: { int: end, dims: [end.length] },
    temperature: { float: [run.temperature ?? 1], dims: [] },
    top_k: { int: [run.topK ?? 1_000_000], dims: [] },
    top_p: { float: [run.topP ?? 1], dims: [] },
  };
}

/** Column r of a [T, R] output. */
export function row(output: Output | undefined, r: number, length?: number): number[] {
  if (output === undefined) throw new Error("missing output");
  const [steps = 0, rows = 1] = output.dims;
  return Array.from({ length: length ?? steps }, (_, t) => output.data[t * rows + r] ?? Number.NaN);
}
