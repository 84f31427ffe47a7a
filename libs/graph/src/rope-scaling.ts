import { z } from "zod";
import { invalid, unsupported } from "./unsupported.ts";

/**
 * How rotary frequencies are stretched beyond the context a model was first trained on; read from `rope_scaling` or `rope_parameters`.
 * `attentionFactor` multiplies turned queries and turned keys alike. `originalPositions`: the first context's length, in tokens.
 */
export type RopeScaling =
  | { readonly kind: "default" }
  /** Every frequency over `factor` (Chen et al. 2023, "Extending context window … via positional interpolation"). */
  | { readonly kind: "linear"; readonly factor: number }
  /** NTK-aware, the base grows with the length (as in transformers, after posts by bloc97 and emozilla). */
  | { readonly kind: "dynamic"; readonly factor: number; readonly originalPositions: number }
  /** Llama 3.1: low frequencies over `factor`, high ones kept, a ramp between. */
  | {
      readonly kind: "llama3";
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalPositions: number;
    }
  /** Peng et al. 2023, "YaRN", sections 3.2 and 3.4. */
  | {
      readonly kind: "yarn";
      readonly factor: number;
      readonly originalPositions: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      /** Whether the ramp's ends are rounded to whole dimensions. */
      readonly truncate: boolean;
      readonly attentionFactor: number;
    }
  /** Ding et al. 2024, "LongRoPE": a factor for every frequency, one list within the first context and one beyond. */
  | {
      readonly kind: "longrope";
      readonly shortFactors: readonly number[];
      readonly longFactors: readonly number[];
      readonly originalPositions: number;
      readonly attentionFactor: number;
    };

const positive = z.number().positive();

/** Fields of `rope_scaling` and `rope_parameters`. */
export const ropeSchema = z.looseObject({
  rope_type: z.string().nullish(),
  /** The older name of rope_type. */
  type: z.string().nullish(),
  rope_theta: positive.nullish(),
  factor: positive.nullish(),
  original_max_position_embeddings: positive.nullish(),
  attention_factor: positive.nullish(),
  beta_fast: positive.nullish(),
  beta_slow: positive.nullish(),
  mscale: z.number().nullish(),
  mscale_all_dim: z.number().nullish(),
  truncate: z.boolean().nullish(),
  low_freq_factor: positive.nullish(),
  high_freq_factor: positive.nullish(),
  short_factor: z.array(positive).nullish(),
  long_factor: z.array(positive).nullish(),
  partial_rotary_factor: z.number().nullish(),
});

type RopeFields = z.infer<typeof ropeSchema>;

/**
 * @param positions `max_position_embeddings` @param outerOriginal `original_max_position_embeddings` beside `rope_scaling`, which comes first
 * @throws TouchstoneError `unsupported-model` for another type, `invalid-model` for fields that it lacks
 */
export function parseRopeScaling(
  fields: RopeFields,
  model: { readonly headSize: number; readonly positions: number; readonly outerOriginal: number | undefined },
): RopeScaling {
  const kind = fields.rope_type ?? fields.type ?? "default";
  const need = (name: keyof RopeFields & string): number => {
    const value = fields[name];
    if (typeof value !== "number") throw invalid(`rope scaling of type ${kind} needs ${name}`, value);
    return value;
  };
  const originalPositions = model.outerOriginal ?? fields.original_max_position_embeddings ?? model.positions;
  switch (kind) {
    case "default":
      return { kind };
    case "linear":
      return { kind, factor: need("factor") };
    case "dynamic":
      return { kind, factor: need("factor"), originalPositions: model.positions };
    case "llama3": {
      const [low, high] = [need("low_freq_factor"), need("high_freq_factor")];
      if (high <= low) throw invalid(`high_freq_factor must be larger than low_freq_factor (${low})`, high);
      const factor = need("factor");
      return { kind, factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalPositions };
    }
    case "yarn": {
      const factor = fields.factor ?? model.positions / originalPositions;
      return {
        kind,
        factor,
        originalPositions,
        betaFast: fields.beta_fast ?? 32,
        betaSlow: fields.beta_slow ?? 1,
        truncate: fields.truncate ?? true,
        attentionFactor: fields.attention_factor ?? yarnAttention(factor, fields.mscale, fields.mscale_all_dim),
      };
    }
    case "longrope": {
      const factors = (name: "short_factor" | "long_factor") => {
        const list = fields[name];
        if (list?.length !== model.headSize / 2)
          throw invalid(`rope scaling of type longrope needs ${name} with ${model.headSize / 2} numbers`, list?.length);
        return list;
      };
      const factor = fields.factor ?? model.positions / originalPositions;
      const suggested = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalPositions));
      return {
        kind,
        shortFactors: factors("short_factor"),
        longFactors: factors("long_factor"),
        originalPositions,
        attentionFactor: fields.attention_factor ?? suggested,
      };
    }
    default:
      throw unsupported("rope scaling", kind, "default, linear, dynamic, llama3, yarn, longrope");
  }
}

/** YaRN, equation 22: √(1/t) = 0.1 ln s + 1; with two `mscale` fields the ratio of two such, as DeepSeek writes it. */
function yarnAttention(
  factor: number,
  mscale: number | null | undefined,
  allDimensions: number | null | undefined,
): number {
  const scale = (weight: number) => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  return mscale && allDimensions ? scale(mscale) / scale(allDimensions) : scale(1);
}

/** Positions up to which scaled frequencies are meant to serve. @param positions `max_position_embeddings` */
export function reachOf(scaling: RopeScaling, positions: number): number {
  // transformers leaves max_position_embeddings at the first context for linear and dynamic scaling, and often for YaRN.
  if (scaling.kind === "linear" || scaling.kind === "dynamic") return Math.floor(positions * scaling.factor);
  if (scaling.kind === "yarn") return Math.max(positions, Math.floor(scaling.originalPositions * scaling.factor));
  return positions;
}
