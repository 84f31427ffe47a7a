import { TouchstoneError, type AdvantageEstimator } from "@touchstone/core";
import { suggestion } from "@touchstone/evaluation";
import { ESTIMATORS } from "../estimators.ts";

/** The options of estimators as flags give them. */
export interface EstimatorFlags {
  readonly alpha?: number | undefined;
  readonly top?: number | undefined;
  readonly order?: number | undefined;
  readonly prefixes?: number | undefined;
  readonly k?: readonly number[] | undefined;
}

/** Throws `unknown-estimator`. */
export function estimatorOf(name: string): AdvantageEstimator {
  const known = ESTIMATORS.find((estimator) => estimator.name === name);
  if (known !== undefined) return known;
  const names = ESTIMATORS.map((estimator) => estimator.name);
  throw new TouchstoneError({
    code: "unknown-estimator",
    family: "usage",
    what: "There is no advantage estimator of this name.",
    value: name,
    fix: suggestion(name, names, "estimator"),
  });
}

/** What the flags say, with defaults. Throws `bad-option`. */
export function optionsOf(estimator: AdvantageEstimator, n: number, flags: EstimatorFlags): { readonly n: number } {
  const { k, ...others } = flags;
  const given = {
    ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)),
    // One number is a size, several are a list of sizes.
    ...(k === undefined ? {} : { k: k.length === 1 ? k[0] : k }),
  };
  const parsed = estimator.parameters.safeParse(given);
  if (parsed.success) return { ...(parsed.data as object), n };
  const issue = parsed.error.issues[0]!;
  if (issue.code === "unrecognized_keys") {
    const flag = issue.keys[0]!;
    throw badOption(`${estimator.name} has no option --${flag}.`, given[flag as keyof typeof given]);
  }
  const flag = issue.path[0] === undefined ? "" : ` in --${String(issue.path[0])}`;
  throw badOption(`${estimator.name} does not accept its options${flag}: ${issue.message}.`, given);
}

function badOption(what: string, value: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "bad-option",
    family: "usage",
    what,
    value,
    fix: "See `./touchstone advantages --help` for which option belongs to which estimator.",
  });
}
