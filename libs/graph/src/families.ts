/** Model families whose published layout is read: names of tensors, fields of `config.json` and what they mean when left out. */
export type Family = "llama" | "qwen2" | "qwen3" | "mistral" | "smollm3";

/**
 * What stands on the decoder: a language-model head; one number read from the last token (`…ForSequenceClassification` with one label);
 * or ours, one number from the response's likelihood and the last token.
 */
export type ModelKind = "language-model" | "classifier" | "likelihood";

interface FamilyFacts {
  /** The classes are called `<prefix>ForCausalLM` and `<prefix>ForSequenceClassification`. */
  readonly prefix: string;
  /** Values of fields that `config.json` leaves out, as the configuration classes of transformers 5 have them. */
  readonly maximumPositions: number;
  /** Null: as many as query heads. */
  readonly keyValueHeads: number | null;
  /** Null: hidden size over heads. */
  readonly headSize: number | null;
  readonly ropeTheta: number;
  readonly tiedEmbeddings: boolean;
  /** Biases on query, key and value: always, never, or as `attention_bias` says (then on the output too). */
  readonly attentionBias: "always" | "never" | "configured";
  readonly configuredMlpBias: boolean;
  /** An RMS norm on every query and key head, before they are turned. */
  readonly queryKeyNorm: boolean;
}

export const families: Readonly<Record<Family, FamilyFacts>> = {
  llama: {
    prefix: "Llama",
    maximumPositions: 2048,
    keyValueHeads: null,
    headSize: null,
    ropeTheta: 10_000,
    tiedEmbeddings: false,
    attentionBias: "configured",
    configuredMlpBias: true,
    queryKeyNorm: false,
  },
  qwen2: {
    prefix: "Qwen2",
    maximumPositions: 32_768,
    keyValueHeads: 32,
    headSize: null,
    ropeTheta: 10_000,
    tiedEmbeddings: false,
    attentionBias: "always",
    configuredMlpBias: false,
    queryKeyNorm: false,
  },
  qwen3: {
    prefix: "Qwen3",
    maximumPositions: 32_768,
    keyValueHeads: 32,
    headSize: 128,
    ropeTheta: 10_000,
    tiedEmbeddings: false,
    attentionBias: "configured",
    configuredMlpBias: false,
    queryKeyNorm: true,
  },
  mistral: {
    prefix: "Mistral",
    maximumPositions: 131_072,
    keyValueHeads: 8,
    headSize: null,
    ropeTheta: 10_000,
    tiedEmbeddings: false,
    attentionBias: "never",
    configuredMlpBias: false,
    queryKeyNorm: false,
  },
  smollm3: {
    prefix: "SmolLM3",
    maximumPositions: 32_768,
    keyValueHeads: 4,
    headSize: null,
    ropeTheta: 2_000_000,
    tiedEmbeddings: true,
    attentionBias: "configured",
    configuredMlpBias: true,
    queryKeyNorm: false,
  },
};

interface Architecture {
  readonly family: Family;
  readonly kind: ModelKind;
}

/** The architectures that graphs are built for, as written in `config.json` → `architectures[0]`. */
export const architectures: ReadonlyMap<string, Architecture> = new Map<string, Architecture>([
  ...(Object.keys(families) as Family[]).flatMap((family): [string, Architecture][] => [
    [`${families[family].prefix}ForCausalLM`, { family, kind: "language-model" }],
    [`${families[family].prefix}ForSequenceClassification`, { family, kind: "classifier" }],
  ]),
  ["LlamaForLikelihoodReward", { family: "llama", kind: "likelihood" }],
]);
