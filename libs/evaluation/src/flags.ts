import { badBudget } from "./suite-mistake.ts";
import type { SuiteInput } from "./suite-schema.ts";

/** What the command line can say of a suite; each replaces the suite's own. */
export interface SuiteFlags {
  readonly name?: string;
  readonly datasets?: readonly string[];
  readonly split?: string;
  readonly limit?: number;
  readonly models?: readonly string[];
  readonly rewardModels?: readonly string[];
  readonly judge?: string;
  /** Names; their parameters are the suite's where it names the method, else the defaults. */
  readonly methods?: readonly string[];
  readonly budgets?: readonly number[];
  readonly unit?: string;
  readonly seeds?: readonly number[];
  readonly replicates?: number;
  readonly poolSize?: number;
  readonly maxTokens?: number;
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
}

/** Numbers of a list such as `1,4,16`. Throws `bad-budget`. */
export function parseBudgets(text: string): number[] {
  return text.split(",").map((part) => {
    const value = Number(part.trim());
    if (part.trim() === "" || !(value > 0) || !Number.isFinite(value)) throw badBudget(text);
    return value;
  });
}

/**
 * A suite with what the command line says put over it; without a suite, one that says what the command line does. Only puts
 * together: `resolveSuite` checks the result, so a flag's mistake reads like a file's.
 */
export function withFlags(base: unknown, flags: SuiteFlags): unknown {
  // Something that is no object is left for `resolveSuite` to refuse.
  if (base !== undefined && !isObject(base)) return base;
  const suite: Partial<SuiteInput> = base ?? {};
  return {
    ...suite,
    name: flags.name ?? suite.name ?? "custom",
    ...entry("datasets", datasetsOf(suite, flags)),
    ...entry("models", flags.models ?? suite.models),
    ...entry("decodings", decodingsOf(suite, flags)),
    ...entry("rewardModels", flags.rewardModels ?? suite.rewardModels),
    ...entry("judge", flags.judge ?? suite.judge),
    ...entry("methods", methodsOf(suite, flags)),
    ...entry("budgets", budgetsOf(suite, flags)),
    ...entry("seeds", flags.seeds ?? suite.seeds),
    ...entry("replicates", flags.replicates ?? suite.replicates),
    ...entry("poolSize", flags.poolSize ?? suite.poolSize),
  };
}

function datasetsOf({ datasets }: Partial<SuiteInput>, { datasets: names, split, limit }: SuiteFlags): unknown {
  const chosen = names?.map((name) => ({ name })) ?? datasets;
  if (!Array.isArray(chosen)) return chosen;
  return chosen.map((dataset) => ({ ...dataset, ...entry("split", split), ...entry("limit", limit) }));
}

function decodingsOf({ decodings }: Partial<SuiteInput>, flags: SuiteFlags): unknown {
  const { temperature, topK, topP, maxTokens } = flags;
  const changes = {
    ...entry("temperature", temperature),
    ...entry("topK", topK),
    ...entry("topP", topP),
    ...entry("maxTokens", maxTokens),
  };
  if (Object.keys(changes).length === 0) return decodings;
  return (decodings ?? [{}]).map((decoding) => ({ ...decoding, ...changes }));
}

function methodsOf({ methods }: Partial<SuiteInput>, { methods: names }: SuiteFlags): unknown {
  return (
    names?.flatMap((name) => {
      const known = (methods ?? []).filter((choice) => (typeof choice === "string" ? choice : choice.name) === name);
      return known.length > 0 ? known : [name];
    }) ?? methods
  );
}

function budgetsOf({ budgets }: Partial<SuiteInput>, { budgets: amounts, unit }: SuiteFlags): unknown {
  if (amounts === undefined && unit === undefined) return budgets;
  return { ...budgets, ...entry("amounts", amounts), ...entry("unit", unit) };
}

function entry<V>(key: string, value: V | undefined): Record<string, V> {
  return value === undefined ? {} : { [key]: value };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
