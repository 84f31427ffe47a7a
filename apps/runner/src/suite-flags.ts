import { TouchstoneError } from "@touchstone/core";
import { parseBudgets, resolveSuite, withFlags, type ResolvedSuite, type SuiteFlags } from "@touchstone/evaluation";
import { catalogueFor, withFixedPaths } from "./catalogue.ts";
import type { ModelHub } from "./hub.ts";
import { listImports, namedImports, rewardNames, withRecorded } from "./imports.ts";
import { servedBy } from "./served-models.ts";
import { readSuite, suiteFiles } from "./suites.ts";
import type { Device } from "./values.ts";

/** The flags of `run` that say what to compare, as the command line spells them. */
export interface RunFlags {
  readonly model?: readonly string[] | undefined;
  readonly rewardModel?: readonly string[] | undefined;
  readonly dataset?: readonly string[] | undefined;
  readonly split?: string | undefined;
  readonly methods?: readonly string[] | undefined;
  readonly budgets?: string | undefined;
  readonly limit?: number | undefined;
  readonly seed?: readonly number[] | undefined;
  readonly replicates?: number | undefined;
  readonly poolSize?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly maxTokens?: number | undefined;
  readonly name?: string | undefined;
  readonly device?: Device | undefined;
  readonly backend?: string | undefined;
  readonly rewardBackend?: string | undefined;
  readonly judge?: string | undefined;
}

/** How a suite's models of the hub become the commits that they are now. */
export interface Settling {
  readonly hub: ModelHub;
  /** A model that cannot be asked for stays as it is. */
  readonly tolerant: boolean;
}

/** Without a suite, these must be given. */
const NEEDED = { model: "--model", dataset: "--dataset", methods: "--methods", budgets: "--budgets" } as const;

/**
 * The suite of this name or path with the flags put over it, or the one that the flags alone say; checked, defaults filled in.
 * What was imported into the pool's folder can be named.
 */
export async function suiteFromFlags(
  name: string | undefined,
  flags: RunFlags,
  pool: string,
  settling?: Settling,
): Promise<ResolvedSuite> {
  const imports = await listImports(pool);
  const [imported] = namedImports({ models: flags.model }, imports);
  // An import is its own dataset; named here, so that --limit and --split find it.
  const complete = name === undefined && imported ? { ...flags, dataset: flags.dataset ?? [imported.name] } : flags;
  if (name === undefined) await checkNeeded(complete);
  const base = name === undefined ? undefined : await readSuite(name);
  const suite = withFlags(base, suiteFlags(complete));
  const served = servedBy(suite, { models: flags.backend, rewardModels: flags.rewardBackend });
  return checkedSuite(served, pool, settling);
}

/**
 * A suite with every default filled in, its paths fixed. What was imported into the pool's folder can be named. Without `settling` nothing
 * is asked of the hub: its models stay as they are spelled.
 */
export async function checkedSuite(given: unknown, pool: string, settling?: Settling): Promise<ResolvedSuite> {
  const imports = await listImports(pool);
  const spelled = withRecorded(withFixedPaths(given, imports), imports);
  const names = new Set(imports.flatMap((imported) => [imported.name, ...rewardNames(imported)]));
  const fixed = settling ? await settling.hub.settled(spelled, names, settling.tolerant) : spelled;
  const { suite } = resolveSuite(fixed, await catalogueFor(fixed, imports));
  return { given, suite };
}

export function suiteFlags(flags: RunFlags): SuiteFlags {
  const {
    budgets,
    model,
    rewardModel,
    dataset,
    seed,
    device: _device,
    backend: _backend,
    rewardBackend: _rewards,
    ...same
  } = flags;
  const all = {
    name: same.name,
    datasets: dataset,
    split: same.split,
    limit: same.limit,
    models: model,
    rewardModels: rewardModel,
    judge: same.judge,
    methods: same.methods,
    budgets: budgets === undefined ? undefined : parseBudgets(budgets),
    seeds: seed,
    replicates: same.replicates,
    poolSize: same.poolSize,
    maxTokens: same.maxTokens,
    temperature: same.temperature,
    topK: same.topK,
    topP: same.topP,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

async function checkNeeded(flags: RunFlags): Promise<void> {
  const missing = Object.entries(NEEDED).filter(([flag]) => flags[flag as keyof typeof NEEDED] === undefined);
  if (missing.length === 0) return;
  const suites = (await suiteFiles()).map(({ name }) => name).join(", ");
  throw new TouchstoneError({
    code: "nothing-to-run",
    family: "usage",
    what: "Without a suite, the flags must say what to compare.",
    value:
      missing.length === Object.keys(NEEDED).length ? "neither" : `no ${missing.map(([, flag]) => flag).join(", ")}`,
    fix: `Name a suite (${suites}), or give ${Object.values(NEEDED).join(", ")}.`,
  });
}
