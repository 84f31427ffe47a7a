import { resolve } from "node:path";
import { TouchstoneError, type Dataset } from "@touchstone/core";
import { parityOfLanguageModels, parityOfRewardModels, type Parity } from "@touchstone/evaluation/parity";
import { loadDataset } from "@touchstone/tasks";
import { print, say, type Context } from "../context.ts";
import { ModelHub } from "../hub.ts";
import { loadBackend, sameRole, worldOf, type Loaded } from "../parity/backends.ts";
import { summaryOf, writeParity } from "../parity/tables.ts";
import { parityText } from "../parity/text.ts";
import { METHODS } from "../methods.ts";
import { NO_PROGRESS, progressOn } from "../progress.ts";
import { PLACES } from "../places.ts";
import { openPool } from "../pools.ts";
import { checkedSuite } from "../suite-flags.ts";
import type { Device } from "../values.ts";

export interface ParityOptions {
  readonly model?: string | undefined;
  readonly rewardModel?: readonly string[] | undefined;
  readonly dataset?: string | undefined;
  readonly split?: string | undefined;
  readonly limit?: number | undefined;
  readonly samples?: number | undefined;
  readonly seed?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly deviceA?: Device | undefined;
  readonly deviceB?: Device | undefined;
  readonly tileA?: number | undefined;
  readonly tileB?: number | undefined;
  readonly tolerance?: number | undefined;
  readonly pool?: string | undefined;
  readonly out?: string | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
}

const DEFAULTS = { limit: 32, samples: 16 } as const;

/** `parity`: what changes when one backend of a model takes another's place. */
export async function parity(
  referenceA: string,
  referenceB: string,
  options: ParityOptions,
  { interruption }: Context,
): Promise<void> {
  const { quiet = false } = options;
  interruption.enter("loading");
  await using opened = new AsyncDisposableStack();
  const { signal } = interruption;
  const loading = { hub: new ModelHub({ signal, quiet, say }), signal };
  const backend = async (reference: string, device: Device = "cpu", tile?: number): Promise<Loaded> => {
    const loaded = await loadBackend({ reference, device, tile }, loading);
    opened.defer(() => loaded.model.close());
    return loaded;
  };
  if (!quiet) say("Loading models and pool");
  const a = await backend(referenceA, options.deviceA, options.tileA);
  const b = await backend(referenceB, options.deviceB, options.tileB);
  sameRole(a, b, [referenceA, referenceB]);
  const world = await worldOf(referenceA);
  const policy = a.role === "language-model" ? referenceA : needed(options.model ?? world, "--model", "a policy");
  const rewardModels = a.role === "language-model" ? (options.rewardModel ?? []) : [referenceA];
  const poolFolder = resolve(options.pool ?? PLACES.pool);
  const { suite } = await checkedSuite(
    suiteOf(needed(options.dataset ?? world, "--dataset", "a dataset"), policy, rewardModels, options),
    poolFolder,
  );
  const datasets = new Map<string, Dataset>();
  for (const { name } of suite.datasets) datasets.set(name, await loadDataset(PLACES.datasets, name));
  const drawing = a.role === "language-model" ? a : await backend(policy);
  if (drawing.role !== "language-model") throw notAPolicy(policy);
  const rewarding = new Map(a.role === "reward-model" ? [[suite.rewardModels[0]!, a.model]] : []);
  for (const reference of a.role === "language-model" ? suite.rewardModels : []) {
    const loaded = await backend(reference);
    if (loaded.role === "reward-model") rewarding.set(reference, loaded.model);
  }
  interruption.enter("loading");
  const pool = opened.use(await openPool(poolFolder, { signal: interruption.signal }));
  const setting = {
    suite,
    methods: METHODS,
    datasets,
    models: new Map([[suite.models[0]!, drawing.model]]),
    rewardModels: rewarding,
    pool,
  };
  interruption.enter("comparing backends");
  const progress = quiet ? NO_PROGRESS : progressOn(process.stderr);
  const work = { signal: interruption.signal, onProgress: progress.update };
  let found: Parity;
  try {
    found =
      b.role === "language-model"
        ? await parityOfLanguageModels(setting, b.model, work)
        : await parityOfRewardModels(setting, b.model, work);
  } finally {
    progress.stop();
  }
  const files = options.out === undefined ? [] : await writeParity(resolve(options.out), found);
  print(options.json ? JSON.stringify({ ...summaryOf(found), files }) : parityText(found));
  if (!quiet) for (const file of files) say(file);
  checkTolerance(found, options.tolerance);
}

/** The suite of a comparison: every selector that can decide on what there is, at a quarter and at all of the samples. */
function suiteOf(dataset: string, policy: string, rewardModels: readonly string[], options: ParityOptions): unknown {
  const samples = options.samples ?? DEFAULTS.samples;
  const selectors = METHODS.filter(
    ({ kind, needs }) =>
      kind === "selector" &&
      needs.decoding === undefined &&
      needs.atMost === undefined &&
      (needs.rewards === "none" || rewardModels.length > 0),
  );
  return {
    name: "parity",
    datasets: [{ name: dataset, split: options.split, limit: options.limit ?? DEFAULTS.limit }],
    models: [policy],
    rewardModels,
    methods: selectors.map(({ name }) => ({ name })),
    budgets: { unit: "samples", amounts: [...new Set([Math.max(1, Math.ceil(samples / 4)), samples])] },
    poolSize: samples,
    seeds: [options.seed ?? 0],
    ...(options.maxTokens === undefined ? {} : { decodings: [{ maxTokens: options.maxTokens }] }),
  };
}

function needed(value: string | undefined, flag: string, what: string): string {
  if (value !== undefined) return value;
  throw new TouchstoneError({
    code: "nothing-to-compare-on",
    family: "usage",
    what: `Backends are compared on responses to a dataset's problems; for these models there is no default, so ${what} must be named.`,
    value: `no ${flag}`,
    fix: `Give ${flag}; \`./touchstone ls datasets\` and \`./touchstone ls models\` list the built-in ones.`,
  });
}

function notAPolicy(reference: string): TouchstoneError {
  return new TouchstoneError({
    code: "not-a-language-model",
    family: "input",
    what: "The model of --model gives rewards; it cannot draw the responses to compare on.",
    value: reference,
    fix: "Name a language model.",
  });
}

/** Throws `backends-differ` (exit code 6) where the largest difference is above the tolerance. */
function checkTolerance({ measures, kind }: Parity, tolerance: number | undefined): void {
  if (tolerance === undefined) return;
  const name = kind === "language-models" ? "token-difference" : "reward-difference";
  const largest = measures.find((row) => row.measure === name && row.statistic === "maximum-absolute")?.value;
  if (largest !== undefined && largest <= tolerance) return;
  throw new TouchstoneError({
    code: "backends-differ",
    family: "engine",
    what:
      largest === undefined || Number.isNaN(largest)
        ? "Nothing could be compared token by token, so the tolerance cannot be kept."
        : `The largest difference is above the tolerance of ${tolerance}.`,
    value: largest,
    fix: "See by position and by method what it changes, or allow more with --tolerance.",
  });
}
