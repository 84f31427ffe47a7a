import { canonicalJson, type Method, type Split, type TouchstoneError } from "@touchstone/core";
import type { z } from "zod";
import { allocatedBudget, studiedPoolSize } from "./allocation-plan.ts";
import { methodNamed } from "./method-named.ts";
import { continuesWith, learnsWith } from "./needs.ts";
import { checkDecides } from "./only-abstains.ts";
import { mostOfOne, recordedSamples, resolvePoolSize } from "./pool-size.ts";
import { suggestion } from "./suggest.ts";
import { badBudget, mistake } from "./suite-mistake.ts";
import { suiteSchema, type methodChoice, type MethodChoice, type Suite } from "./suite-schema.ts";

import { trialsOf } from "./tune-points.ts";

export { methodNamed };

/** What there is to choose from. Only names and schemas: nothing is loaded to check a suite. */
export interface Catalogue {
  readonly methods: readonly Method[];
  readonly datasets: readonly { readonly name: string; readonly splits: readonly Split[] }[];
  /** Names of language models. */
  readonly models: readonly string[];
  /** Names of reward models. */
  readonly rewardModels: readonly string[];
  /** For models whose responses were recorded elsewhere, how many there are of every problem: no more can be drawn. */
  readonly recorded?: ReadonlyMap<string, number>;
  /** Whether something that is none of the names leads to a model: a folder, say. Called without touching weights. */
  readonly leadsToModel?: (reference: string, role: "policy" | "reward-model") => boolean;
}

/** A suite as it was given and with every default filled in; the manifest keeps both. */
export interface ResolvedSuite {
  readonly given: unknown;
  readonly suite: Suite;
}

/**
 * Checks a suite (from flags, a YAML or JSON file or TypeScript) and fills in its defaults. Throws a `TouchstoneError` of
 * family `usage` for the first mistake: `invalid-suite`, `bad-budget`, `unknown-method`, `unknown-dataset`, `unknown-split`,
 * `unknown-model`, `unknown-reward-model`, `bad-parameters`, `duplicate-method`, `reward-model-needed`, `reward-model-not-read`,
 * `pool-size-needed`, `budget-above-pool`, `shared-budget-above-pool`, `allocation-above-pool`, `allocation-budget-needed`, `batch-needed`, `fit-on-reported-problems`,
 * `tuning-on-reported-problems`, `only-abstains`.
 */
export function resolveSuite(given: unknown, catalogue: Catalogue): ResolvedSuite {
  const parsed = suiteSchema.safeParse(given);
  if (!parsed.success) throw schemaMistake(parsed.error, given);
  const { $schema: _editor, methods: chosen, poolSize: size, ...rest } = parsed.data;
  for (const dataset of rest.datasets) {
    checkDataset(dataset, catalogue);
    checkOwn(dataset.models, rest.models, `model on ${dataset.name}`, "models");
    checkOwn(dataset.rewardModels, rest.rewardModels, `reward model on ${dataset.name}`, "rewardModels");
  }
  for (const model of rest.models) checkModel(model, "policy", catalogue);
  for (const model of rest.rewardModels) checkModel(model, "reward-model", catalogue);
  if (rest.judge !== undefined) checkModel(rest.judge, "policy", catalogue);
  const methods = chosen.map((choice) => resolveMethod(choice, catalogue.methods, rest.rewardModels));
  checkDistinct(methods);
  const drawing = methods.some(({ name, parameters }) => {
    return !continuesWith(methodNamed(name, catalogue.methods).needs, parameters);
  });
  checkAllocation(rest);
  const recorded = recordedSamples(rest.models, catalogue);
  const poolSize = resolvePoolSize(rest.budgets, size, mostOfOne(rest, methods, catalogue), drawing, recorded, {
    budget: allocatedBudget(rest),
    samples: studiedPoolSize({ ...rest, methods }, catalogue.methods),
  });
  checkBatch(rest, methods, catalogue);
  checkFit(rest, methods, catalogue);
  checkTuning(rest, poolSize, catalogue);
  checkDecides({ ...rest, methods }, catalogue.methods);
  const amounts = rest.budgets.amounts.toSorted((a, b) => a - b);
  return { given, suite: { ...rest, budgets: { ...rest.budgets, amounts }, methods, poolSize } };
}

/** Where a budget is shared, the suite says by how many problems. */
function checkBatch(
  { budgets, batch }: Pick<Suite, "budgets" | "batch">,
  methods: readonly MethodChoice[],
  catalogue: Catalogue,
): void {
  if (batch) return;
  if (budgets.scope === "batch") {
    throw mistake({
      code: "batch-needed",
      what: "Budgets of scope `batch` are shared, but the suite does not say by how many problems.",
      fix: "Add `batch: { size: … }`, or set the scope to `problem`.",
    });
  }
  const sharing = methods.find(({ name }) => methodNamed(name, catalogue.methods).needs.batch);
  if (!sharing) return;
  throw mistake({
    code: "batch-needed",
    what: `The method ${sharing.name} spends one budget over several problems, but the suite does not say over how many.`,
    fix: "Add `batch: { size: … }`, or leave the method out.",
  });
}

/** A method learns from problems that exist and are not those that are reported. */
function checkFit(
  { fit, datasets, tuning }: Pick<Suite, "fit" | "datasets" | "tuning">,
  methods: readonly MethodChoice[],
  catalogue: Catalogue,
): void {
  const learning = methods.find((choice) => {
    const method = methodNamed(choice.name, catalogue.methods);
    const tried = tuning ? trialsOf(method, choice, tuning.trials) : [];
    return [choice.parameters, ...tried].some((parameters) => learnsWith(method, parameters));
  });
  if (!learning) return;
  for (const { name, split } of datasets) {
    const splits = catalogue.datasets.find((dataset) => dataset.name === name)!.splits;
    if (!splits.includes(fit.split)) {
      throw mistake({
        code: "unknown-split",
        what: `${learning.name} learns from labelled problems before it decides, and the dataset ${name} has no split for that.`,
        value: fit.split,
        fix: `Name one that is not reported (\`fit: { split: … }\`; there is ${splits.join(", ")}), or leave ${learning.name} out.`,
      });
    }
    if (split !== fit.split) continue;
    throw mistake({
      code: "fit-on-reported-problems",
      what: `The suite reports the split of ${name} from which ${learning.name} would learn.`,
      value: split,
      fix: "Report another split, or learn from another (`fit: { split: … }`).",
    });
  }
}

/** Draws are allocated by number. */
function checkAllocation({ allocation, budgets: { unit } }: Pick<Suite, "allocation" | "budgets">): void {
  if (!allocation || allocation.budget !== undefined || unit === "samples") return;
  throw mistake({
    code: "allocation-budget-needed",
    what: `Draws are allocated by number, and the suite's budgets are in ${unit}.`,
    fix: "Add `budget` to `allocation`: samples per problem, on average.",
  });
}

/** Parameters are chosen on problems that exist and are not those that are reported, at a budget that the pool holds. */
function checkTuning(
  { tuning, datasets, budgets, models }: Pick<Suite, "tuning" | "datasets" | "budgets" | "models">,
  poolSize: number,
  catalogue: Catalogue,
): void {
  if (!tuning) return;
  for (const { name, split } of datasets) {
    checkDataset({ name, split: tuning.split }, catalogue);
    if (split !== tuning.split) continue;
    throw mistake({
      code: "tuning-on-reported-problems",
      what: `The suite reports the split of ${name} on which it would choose parameters.`,
      value: split,
      fix: "Report another split, or tune on another (`tuning: { split: … }`).",
    });
  }
  const { budget } = tuning;
  if (budget === undefined || budgets.unit !== "samples") return;
  if (!Number.isInteger(budget)) throw badBudget(budget);
  if (budget > poolSize) {
    throw mistake({
      code: "budget-above-pool",
      what: `Tuning at ${budget} samples cannot be done on a pool of ${poolSize} samples per problem.`,
      value: budget,
      fix:
        recordedSamples(models, catalogue) === undefined
          ? "Raise the pool size, or lower the budget of tuning."
          : `Lower the budget of tuning to at most ${poolSize}: what was imported cannot be drawn again.`,
    });
  }
}

function checkDataset(
  { name, split }: { readonly name: string; readonly split: Split },
  { datasets }: Catalogue,
): void {
  const found = datasets.find((dataset) => dataset.name === name);
  if (!found) {
    const names = datasets.map((dataset) => dataset.name);
    throw mistake({
      code: "unknown-dataset",
      what: "There is no such dataset.",
      value: name,
      fix: suggestion(name, names, "dataset"),
    });
  }
  if (!found.splits.includes(split)) {
    throw mistake({
      code: "unknown-split",
      what: `The dataset ${name} has no such split.`,
      value: split,
      fix: `Choose one of: ${found.splits.join(", ")}.`,
    });
  }
}

function checkModel(reference: string, role: "policy" | "reward-model", catalogue: Catalogue): void {
  const names = role === "policy" ? catalogue.models : catalogue.rewardModels;
  if (names.includes(reference) || catalogue.leadsToModel?.(reference, role)) return;
  const others = role === "policy" ? catalogue.rewardModels : catalogue.models;
  const kind = role === "policy" ? "model" : "reward model";
  throw mistake({
    code: role === "policy" ? "unknown-model" : "unknown-reward-model",
    what: others.includes(reference)
      ? `This is a ${role === "policy" ? "reward" : "language"} model, not a ${kind === "model" ? "language model" : kind}.`
      : `There is no such ${kind}, and no model folder of that name.`,
    value: reference,
    fix: suggestion(reference, names, kind),
  });
}

function resolveMethod(
  choice: z.output<typeof methodChoice>,
  methods: readonly Method[],
  rewardModels: readonly string[],
): MethodChoice {
  const method = methodNamed(choice.name, methods);
  if (method.needs.rewards !== "none" && rewardModels.length === 0) {
    throw mistake({
      code: "reward-model-needed",
      what: `The method ${choice.name} decides by rewards, and the suite names no reward model.`,
      fix: "Add one under `rewardModels` (`--reward-model`), or leave the method out.",
    });
  }
  checkScope(choice, method, rewardModels);
  const given = choice.parameters ?? {};
  const parsed = method.parameters.safeParse(given);
  if (!parsed.success) {
    const [first, ...others] = parsed.error.issues;
    throw mistake({
      code: "bad-parameters",
      what: `The method ${choice.name} refuses its parameters: ${sentence(first)}${more(others.length)}.`,
      value: given,
      fix: `See docs/methods/${choice.name}.md for every parameter and its default.`,
    });
  }
  return {
    name: choice.name,
    ...(choice.package === undefined ? {} : { package: choice.package }),
    parameters: parsed.data as Readonly<Record<string, unknown>>,
    ...(choice.rewardModels ? { rewardModels: choice.rewardModels } : {}),
    source: Object.keys(given).length > 0 ? "suite" : "default",
  };
}

/** What a dataset is run with is among what the suite names. */
function checkOwn(own: readonly string[] | undefined, all: readonly string[], what: string, field: string): void {
  const missing = own?.find((name) => !all.includes(name));
  if (missing === undefined) return;
  throw mistake({
    code: field === "models" ? "unknown-model" : "unknown-reward-model",
    what: `The ${what} is not one that the suite names.`,
    value: missing,
    fix: `Add it under the suite's own \`${field}\`, or choose one of: ${all.join(", ") || "none"}.`,
  });
}

/** A method is run with reward models that it reads and that the suite names. */
function checkScope(
  { name, rewardModels: scope }: z.output<typeof methodChoice>,
  { needs }: Method,
  rewardModels: readonly string[],
): void {
  if (!scope) return;
  const missing = scope.find((model) => !rewardModels.includes(model));
  if (missing !== undefined) {
    throw mistake({
      code: "unknown-reward-model",
      what: `The method ${name} is to be run with a reward model that the suite does not name.`,
      value: missing,
      fix: `Add it under the suite's own \`rewardModels\`, or choose one of: ${rewardModels.join(", ")}.`,
    });
  }
  if (needs.rewards === "none") {
    throw mistake({
      code: "reward-model-not-read",
      what: `The method ${name} reads no reward model, so it cannot be run with one.`,
      value: scope,
      fix: "Leave `rewardModels` out of this method.",
    });
  }
}

/** The schema refuses equal spellings; this refuses different spellings of one thing, defaults written out for example. */
function checkDistinct(methods: readonly MethodChoice[]): void {
  const seen = new Set<string>();
  for (const { name, parameters } of methods) {
    const key = canonicalJson([name, parameters]);
    if (seen.has(key)) {
      throw mistake({
        code: "duplicate-method",
        what: `The method ${name} appears twice with the same parameters.`,
        value: parameters,
        fix: "Remove one of them, or give it other parameters.",
      });
    }
    seen.add(key);
  }
}

function schemaMistake(error: z.ZodError, given: unknown): TouchstoneError {
  const [first, ...others] = error.issues;
  const value = first?.path.reduce<unknown>(
    (inner, key) => (inner as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key],
    given,
  );
  const budget = first?.path[0] === "budgets" && first.path[1] === "amounts";
  return mistake({
    code: budget ? "bad-budget" : "invalid-suite",
    what: `The suite is not valid: ${sentence(first)}${more(others.length)}.`,
    ...(first?.path.length ? { value: value ?? "nothing" } : {}),
    fix: budget
      ? "Give budgets such as `--budgets 1,4,16,64`."
      : "benchmarks/suites/suite.schema.json describes every field; benchmarks/suites/quick.ts is an example.",
  });
}

function sentence(issue: z.core.$ZodIssue | undefined): string {
  if (!issue) return "it is refused";
  const message =
    issue.code === "invalid_union" ? (issue.errors.flat().at(-1)?.message ?? issue.message) : issue.message;
  const path = issue.path.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("");
  return path === "" ? message : `\`${path.replace(/^\./, "")}\` ${message}`;
}

function more(count: number): string {
  return count === 0 ? "" : ` (and ${count} more)`;
}
