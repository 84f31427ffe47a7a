import { rm } from "node:fs/promises";
import { decodingId, type AllocationRow } from "@touchstone/core";
import { fill, planText, type AllocationProblem, type Suite } from "@touchstone/evaluation";
import {
  choicesOf,
  poolRewards,
  suiteOf,
  type CellChoice,
  type Choice,
  type ClaimSetting,
  type Scale,
  type SettingTables,
  type SettingWork,
} from "@touchstone/evaluation/claims";
import { print, say, type Context } from "../context.ts";
import { listImports } from "../imports.ts";
import { load, type Loaded } from "../loading.ts";
import { METHODS } from "../methods.ts";
import { openPool, poolToPlanOn } from "../pools.ts";
import type { Progress } from "../progress.ts";
import { createRun, readRecord } from "../run-record.ts";
import { isFinished } from "../runs.ts";
import { checkedSuite } from "../suite-flags.ts";
import type { Device } from "../values.ts";
import { carryOut, planned, type Work } from "../work.ts";

/** How the runs of claims are made. */
export interface Gathering {
  readonly context: Context;
  readonly pool: string;
  readonly out: string;
  readonly device: Device;
  readonly scale: Scale;
  readonly dryRun: boolean;
  readonly quiet: boolean;
  readonly progress: Progress;
}

/** What the runs of one setting say. */
export interface Gathered {
  readonly test?: SettingTables;
  readonly validation?: SettingTables;
  readonly choices: ReadonlyMap<CellChoice, Readonly<Record<"validation" | "comparison", readonly Choice[]>>>;
  readonly rewards?: ReadonlyMap<string, readonly AllocationProblem[]>;
  /** The columns that all its tables begin with. */
  readonly scene: Pick<AllocationRow, "suite" | "dataset" | "split" | "model" | "decoding">;
  /** Deliberate flaws by reward model. */
  readonly planted: ReadonlyMap<string, string>;
}

/** Runs the cells of a setting on test problems, and those that validation chooses among on validation problems. */
export async function gatherCells(
  { setting, cells, candidates }: SettingWork,
  informed: readonly CellChoice[],
  gathering: Gathering,
): Promise<Gathered> {
  const choices = new Map<CellChoice, ReturnType<typeof choicesOf>>();
  let planted: ReadonlyMap<string, string> = new Map();
  const run = async (on: "test" | "validation", of: readonly CellChoice[]): Promise<SettingTables | undefined> => {
    const suite = await suiteFor(setting, of, on, gathering);
    return withLoaded(suite, gathering, async (loaded) => {
      planted = flawsOf(loaded);
      const plan = await planned({ ...workOf(loaded, gathering), quiet: true });
      if (gathering.dryRun) {
        planText(plan).forEach(print);
        return undefined;
      }
      if (!gathering.quiet) planText(plan).forEach(say);
      const folder = await createRun(gathering.out, {
        suite: suite.name,
        argv: [...gathering.context.argv],
        started: new Date().toISOString(),
        pool: gathering.pool,
        device: gathering.device,
        suite_as_given: suite,
        suite_resolved: suite,
        stored_at_start: plan.draws.reduce((sum, { stored }) => sum + stored, 0),
      });
      const record = await readRecord(folder);
      const done = await carryOut(folder, record, workOf(loaded, gathering), (...scene) => {
        if (on === "test") for (const cell of informed) choices.set(cell, choicesOf(scene, METHODS, cell));
      }).catch(async (error: unknown) => {
        // The claims begin a run of their own the next time; resuming this one would judge nothing.
        if (!isFinished(folder)) await rm(folder, { recursive: true, force: true });
        throw error;
      });
      if (!gathering.quiet) say(`Run ${folder}`);
      return { questions: done.questions, tuning: done.tuning ?? [], decodings: suite.decodings.map(decodingId) };
    });
  };
  const validation = candidates.length > 0 ? await run("validation", candidates) : undefined;
  const test = await run("test", cells);
  const scene = sceneOf(await suiteFor(setting, cells, "test", gathering));
  return { ...(test ? { test } : {}), ...(validation ? { validation } : {}), choices, planted, scene };
}

function workOf(loaded: Loaded, { context, progress, quiet }: Gathering): Work {
  return { loaded, interruption: context.interruption, progress, quiet };
}

function sceneOf({ name, datasets, models, decodings }: Suite): Gathered["scene"] {
  const { name: dataset, split } = datasets[0]!;
  return { suite: name, dataset, split, model: models[0]!, decoding: decodingId(decodings[0]!) };
}

/** Draws and rewards what allocation is played on. */
export async function gatherRewards(setting: ClaimSetting, gathering: Gathering): Promise<Gathered> {
  const { context, progress, dryRun, quiet } = gathering;
  // Any method will do: what is read are the rewards of the pool.
  const suite = await suiteFor(setting, [{ method: "best-of-n", budget: 1 }], "test", gathering);
  return withLoaded(suite, gathering, async (loaded) => {
    const planted = flawsOf(loaded);
    const plan = await planned({ loaded, interruption: context.interruption, progress, quiet: true });
    planText(plan).forEach(dryRun ? print : quiet ? () => undefined : say);
    const known = { choices: new Map(), planted, scene: sceneOf(suite) };
    if (dryRun) return known;
    context.interruption.enter("filling the pool");
    await fill(loaded.setting, { signal: context.interruption.signal, onProgress: progress.update });
    progress.stop();
    return { ...known, rewards: await poolRewards(loaded.setting) };
  });
}

async function suiteFor(
  setting: ClaimSetting,
  cells: readonly CellChoice[],
  on: "test" | "validation",
  { pool, scale }: Gathering,
): Promise<Suite> {
  const { suite } = await checkedSuite(suiteOf(setting, cells, { on, methods: METHODS, scale }), pool);
  return suite;
}

async function withLoaded<T>(
  suite: Suite,
  { context, pool, device, dryRun }: Gathering,
  work: (loaded: Loaded) => Promise<T>,
): Promise<T> {
  await using loaded = await load({
    suite,
    device,
    interruption: context.interruption,
    imports: await listImports(pool),
    pool: (signal) => (dryRun ? poolToPlanOn(pool, signal) : openPool(pool, { signal })),
  });
  return await work(loaded);
}

function flawsOf({ rewardModels }: Loaded): ReadonlyMap<string, string> {
  return new Map(
    [...rewardModels.values()].flatMap(({ identity, planted }) =>
      planted === undefined ? [] : [[identity.name, planted] as const],
    ),
  );
}
