import type { GraphBuilder, LoopState, Value } from "./onnx.ts";
import type { Law } from "./options.ts";
import { drawToken, greedyToken, lawMasses, lawProbability } from "./sampler.ts";
import type { LawInputs } from "./sampler.ts";
import { tokenStatistics } from "./statistics.ts";
import type { Statistics } from "./statistics.ts";

/** What sampling and its records depend on. */
export interface Sampling {
  readonly law: Law;
  readonly inputs: LawInputs;
  readonly vocabularySize: number;
  /** The measures of the whole distribution too. */
  readonly statistics: boolean;
}

/** Per token, [T, R, 1] once stacked. */
export interface DrawnRecord extends Statistics {
  readonly tokens: Value;
  readonly decodingLogProbability: Value;
  /** Keys and values of the drawn tokens in blocks of equal length, [blocks, R, tokens, W] (see `packCache`); where asked for. */
  readonly cache?: Value;
}

/**
 * Up to this vocabulary size a loop hands out the logits and the statistics are computed afterwards, for many steps in one node;
 * above it the logits of all steps would not fit, and the statistics are computed step by step.
 */
export const logitsKeptUpTo = 512;

/** Draws one token per row and says what the loop must hand out for {@link finishRecord}. @param uniforms [R, 1] */
export function drawAndRecord(
  b: GraphBuilder,
  sampling: Sampling,
  logits: Value,
  uniforms: Value,
): { tokens: Value; scans: LoopState[] } {
  const { law, inputs, vocabularySize } = sampling;
  const scans: LoopState[] = [];
  let tokens: Value;
  if (law === "greedy") {
    tokens = greedyToken(b, logits);
  } else {
    const masses = lawMasses(b, logits, inputs, vocabularySize);
    tokens = drawToken(b, masses, uniforms, vocabularySize);
    if (!plainLater(sampling)) scans.push({ value: lawProbability(b, masses, tokens), type: "float" });
  }
  if (keepsLogits(sampling)) scans.unshift({ value: logits, type: "float" });
  else for (const value of statisticValues(b, sampling, logits, tokens)) scans.push({ value, type: "float" });
  return { tokens, scans: [{ value: tokens, type: "int32" }, ...scans] };
}

/** @param scans what {@link drawAndRecord} named, stacked over steps on the first axis */
export function finishRecord(b: GraphBuilder, sampling: Sampling, scans: readonly Value[]): DrawnRecord {
  const [tokens = "", ...rest] = scans;
  const logits = keepsLogits(sampling) ? rest.shift() : undefined;
  let decoding: Value;
  if (sampling.law === "greedy") {
    decoding = b.op("Mul", [b.op("Cast", [tokens], { to: 1 }), b.float(0)]);
  } else if (logits !== undefined && plainLater(sampling)) {
    const scaled = b.op("Div", [logits, sampling.inputs.temperature ?? ""]);
    decoding = b.op("GatherElements", [b.op("LogSoftmax", [scaled], { axis: -1 }), tokens], { axis: -1 });
  } else {
    decoding = b.op("Log", [rest.shift() ?? ""]);
  }
  const values = logits === undefined ? rest : statisticValues(b, sampling, logits, tokens);
  const [logProbability = "", ...measures] = values;
  return { tokens, decodingLogProbability: decoding, logProbability, measures };
}

function keepsLogits({ vocabularySize }: Sampling): boolean {
  return vocabularySize <= logitsKeptUpTo;
}

/** The plain law's probabilities follow from the logits, so that nothing need be kept beside them. */
function plainLater(sampling: Sampling): boolean {
  return sampling.law === "plain" && keepsLogits(sampling);
}

function statisticValues(b: GraphBuilder, sampling: Sampling, logits: Value, tokens: Value): Value[] {
  const { vocabularySize, statistics: all } = sampling;
  const { logProbability, measures } = tokenStatistics(b, logits, tokens, { vocabularySize, all });
  return [logProbability, ...measures];
}
