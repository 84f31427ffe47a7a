import { decodingId, interrupted, throwIfInterrupted, type SampleBatch, type SampleRequest } from "@touchstone/core";
import type { Pool, SampleAppend } from "@touchstone/pool";
import type { Draw } from "./draws.ts";
import { Meter } from "./meter.ts";
import type { WorkOptions } from "./progress.ts";

/** Samples asked of the engine in one call: bounds what it can hold, and keeps its workers busy. */
const SAMPLES_A_CALL = 16_384;
/** Samples that go to disk together, unless a second has passed. */
const SAMPLES_AN_APPEND = 512;
const SECONDS_AN_APPEND = 1;

export interface Drawn {
  readonly samples: number;
  readonly completionTokens: number;
}

/** A draw's samples, tile-aligned, into the pool; only what is missing. Stopping loses at most what is not yet appended. */
export async function fillSamples(pool: Pool, draw: Draw, options: WorkOptions): Promise<Drawn> {
  const { requests, stored } = await missingSamples(pool, draw);
  if (requests.length === 0) return { samples: 0, completionTokens: 0 };
  const subject = `${draw.model.identity.name} on ${draw.dataset.name}/${draw.split}, ${decodingId(draw.key.decoding)}`;
  const total = draw.count * draw.problems.length;
  const meter = new Meter("samples", subject, { done: stored, total }, options.onProgress);
  const drawn = { samples: 0, completionTokens: 0 };
  for (const call of inCalls(requests)) {
    const { samples, completionTokens } = await drawCall(pool, draw, call, meter, options.signal);
    drawn.samples += samples;
    drawn.completionTokens += completionTokens;
  }
  return drawn;
}

/** What is missing, from the first incomplete tile on: a stored part of a tile is drawn again, equal by its key. */
export async function missingSamples(
  pool: Pool,
  draw: Draw,
): Promise<{ readonly requests: readonly SampleRequest[]; readonly stored: number; readonly missing: number }> {
  const counts = await pool.counts(draw.key, draw.prompts);
  const { tile } = draw.key.model;
  let stored = 0;
  const requests = draw.problems.flatMap(({ id, messages }): SampleRequest[] => {
    const have = Math.min(counts.get(id) ?? 0, draw.count);
    stored += have;
    if (have === draw.count) return [];
    const first = Math.floor(have / tile) * tile;
    const { seed, decoding } = draw.key;
    return [{ problem: { id, messages }, first, count: draw.count - first, seed, decoding }];
  });
  return { requests, stored, missing: draw.count * draw.problems.length - stored };
}

async function drawCall(
  pool: Pool,
  draw: Draw,
  requests: readonly SampleRequest[],
  meter: Meter,
  signal: AbortSignal | undefined,
): Promise<Drawn> {
  throwIfInterrupted(signal, "drawing samples");
  let waiting: { readonly append: SampleAppend; readonly wanted: number }[] = [];
  let size = 0;
  let last = performance.now();
  const drawn = { samples: 0, completionTokens: 0 };
  const hashes = new Map(draw.prompts.map(({ problem, promptHash }) => [problem, promptHash]));
  const flush = async (): Promise<void> => {
    const batches = waiting;
    [waiting, size, last] = [[], 0, performance.now()];
    if (batches.length === 0) return;
    await pool.appendSamples(
      draw.key,
      batches.map(({ append }) => append),
    );
    for (const { append, wanted } of batches) {
      drawn.samples += append.samples.length;
      drawn.completionTokens += append.samples.reduce((sum, { tokens }) => sum + tokens.length, 0);
      meter.finished(wanted);
    }
  };
  try {
    const onProgress = ({ tokens }: { readonly tokens: number }) => meter.processed(tokens);
    for await (const batch of draw.model.sample(requests, { onProgress, ...(signal ? { signal } : {}) })) {
      waiting.push(appendOf(batch, requests, hashes, draw.count));
      size += batch.samples.length;
      if (size >= SAMPLES_AN_APPEND || performance.now() - last > SECONDS_AN_APPEND * 1000) await flush();
    }
  } finally {
    // Also after an interruption or an engine's failure: what is drawn is kept.
    await flush();
  }
  // An engine may also just end when it is told to stop.
  if (signal?.aborted) throw interrupted("drawing samples");
  return drawn;
}

/** A batch as the pool takes it, and how many of its samples were asked for (a last tile has surplus rows). */
function appendOf(
  { request, promptTokens, samples, seconds }: SampleBatch,
  requests: readonly SampleRequest[],
  hashes: ReadonlyMap<string, string>,
  count: number,
) {
  const problem = requests[request]!.problem.id;
  return {
    append: { problem, promptHash: hashes.get(problem)!, promptTokens, samples, seconds },
    wanted: samples.filter(({ index }) => index < count).length,
  };
}

function* inCalls(requests: readonly SampleRequest[]): Generator<readonly SampleRequest[]> {
  let call: SampleRequest[] = [];
  let size = 0;
  for (const request of requests) {
    if (size > 0 && size + request.count > SAMPLES_A_CALL) {
      yield call;
      [call, size] = [[], 0];
    }
    call.push(request);
    size += request.count;
  }
  if (call.length > 0) yield call;
}
