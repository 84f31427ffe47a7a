import type { Sample, SampleBatch, SampleRequest } from "@touchstone/core";
import { cacheWidth, generateMemory, type Model } from "@touchstone/graph";
import { padRight } from "./batches.ts";
import type { ChatTokenizer } from "./chat-tokenizer.ts";
import { lawOf } from "./decoding.ts";
import type { Job } from "./engine/pool.ts";
import type { Tensors } from "./engine/protocol.ts";
import type { RunResult } from "./engine/worker-process.ts";
import { finishRow } from "./finish.ts";
import { forwardMemory } from "./forward-memory.ts";
import type { Graphs } from "./graphs.ts";
import { rowsOf } from "./rows.ts";
import { type Run, stepsOf, uniformsOf } from "./runs.ts";
import { float32, float32Scalar, int64, int64Scalar, integersOf } from "./tensors.ts";

/** What runs of a model are made with. */
export interface GenerateParts {
  readonly model: Model;
  readonly graphs: Graphs;
  readonly tokenizer: ChatTokenizer;
}

/** A run, and the tokens of prompts and prefixes that it starts from; one that rows share counts once. */
interface GenerateTag {
  readonly run: Run;
  readonly contextTokens: number;
}

/** A run as a job of the pool. */
export function generateJob(parts: GenerateParts, requests: readonly SampleRequest[], run: Run): Job<GenerateTag> {
  const { model, graphs, tokenizer } = parts;
  const { rows, prompts, steps } = run;
  const { decoding } = requests[rows[0]!.request]!;
  const law = lawOf(decoding);
  const isShared = prompts === "shared" || prompts === "resumed-shared";
  const resumes = prompts === "resumed" || prompts === "resumed-shared";
  const contexts = (isShared ? rows.slice(0, 1) : rows).map(({ request }) => contextOf(requests[request]!, tokenizer));
  const longest = Math.max(...contexts.map(({ length }) => length));
  const { vocabularySize } = model.config;
  const ends = [...new Set([...tokenizer.endTokens, ...tokenizer.stopTokens(decoding.stop)])];
  const width = cacheWidth(model.config);
  return {
    tag: { run, contextTokens: contexts.reduce((sum, { length }) => sum + length, 0) },
    graph: graphs.generate(law, rows.length, prompts),
    cost: longest * contexts.length + steps * rows.length,
    memory:
      (isShared
        ? generateMemory(model, { rows: rows.length, promptTokens: longest, newTokens: steps })
        : generateMemory(model, { rows: rows.length, promptTokens: 0, newTokens: longest + steps }) +
          forwardMemory(model.config, rows.length, longest, false)) +
      // Keys and values on their way in and out, beside those at work.
      (resumes ? 2 * 4 * width * (contexts.length * longest + rows.length * steps) : 0),
    home: run.home,
    ...(resumes && { resumes: { contexts, width, drawn: drawnTokens } }),
    feeds: (held) => ({
      ...(prompts === "shared"
        ? { prompt_ids: int64(contexts[0]!) }
        : separatePrompts(contexts.map((tokens, row) => tokens.subarray(held[row] ?? 0)))),
      uniforms: float32(uniformsOf(requests, run), [steps, rows.length]),
      end_ids: int64(ends.length > 0 ? ends : [-1]),
      ...(law === "greedy" ? {} : { temperature: float32Scalar(decoding.temperature) }),
      ...(law === "truncated"
        ? {
            top_k: int64Scalar(decoding.topK === 0 ? vocabularySize : Math.min(decoding.topK, vocabularySize)),
            top_p: float32Scalar(decoding.topP),
          }
        : {}),
    }),
  };
}

/** What a run drew, one batch a request; the run's seconds are shared out by drawn tokens. */
export function batchesOf(
  { tokenizer }: GenerateParts,
  requests: readonly SampleRequest[],
  run: Run,
  { outputs, seconds }: Pick<RunResult, "outputs" | "seconds">,
): SampleBatch[] {
  const caps = run.rows.map(({ request }) => stepsOf(requests[request]!));
  const drawn = rowsOf(outputs, caps);
  const byRequest = new Map<number, Sample[]>();
  for (const [row, { request, index }] of run.rows.entries()) {
    const { prefix = new Int32Array(), decoding } = requests[request]!;
    const sample = finishRow({ index, prefix, ...drawn[row]! }, decoding.stop, tokenizer);
    const samples = byRequest.get(request);
    if (samples === undefined) byRequest.set(request, [sample]);
    else samples.push(sample);
  }
  const tokens = (samples: readonly Sample[]) => samples.reduce((sum, s) => sum + s.tokens.length - s.prefixLength, 0);
  const all = tokens([...byRequest.values()].flat());
  return [...byRequest].map(([request, samples]) => ({
    request,
    promptTokens: tokenizer.prompt(requests[request]!.problem.messages).length,
    samples: lawOf(requests[request]!.decoding) === "greedy" ? repeat(samples[0]!, requests[request]!) : samples,
    seconds: all === 0 ? 0 : (seconds * tokens(samples)) / all,
  }));
}

/** A sample that is the same for every index of its request. */
export function repeat(sample: Sample, { first, count }: SampleRequest): Sample[] {
  return Array.from({ length: count }, (_, i) => ({ ...sample, index: first + i }));
}

/** Prompt and prefix. */
export function contextOf({ problem, prefix = new Int32Array() }: SampleRequest, tokenizer: ChatTokenizer): Int32Array {
  const prompt = tokenizer.prompt(problem.messages);
  const context = new Int32Array(prompt.length + prefix.length);
  context.set(prompt);
  context.set(prefix, prompt.length);
  return context;
}

/** By row, the tokens that a run drew. */
function drawnTokens(outputs: Tensors): Int32Array[] {
  const tokens = integersOf(outputs, "tokens");
  const lengths = integersOf(outputs, "lengths");
  return Array.from(lengths, (length, row) =>
    Int32Array.from({ length }, (_, step) => tokens[step * lengths.length + row]!),
  );
}

function separatePrompts(contexts: readonly Int32Array[]): Tensors {
  const longest = Math.max(...contexts.map(({ length }) => length));
  return {
    prompt_ids: { type: "int64", data: padRight(contexts, longest), dims: [contexts.length, longest] },
    prompt_lengths: int64(contexts.map(({ length }) => length)),
  };
}
