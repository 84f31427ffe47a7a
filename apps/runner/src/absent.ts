import {
  TouchstoneError,
  type ChatMessage,
  type Dataset,
  type LanguageModel,
  type ModelIdentity,
  type ModelSize,
  type Problem,
  type RewardModel,
  type Split,
} from "@touchstone/core";
import { EXTRACTORS, GRADERS, filesOfSplit, type DatasetManifest } from "@touchstone/tasks";
import { knownSize } from "./model-sizes.ts";

/** Letters of a token of English, about: what a plan takes where the tokenizer is not here. */
const LETTERS_A_TOKEN = 4;
/** Letters of a prompt where the manifest does not say how long its records are. */
const LETTERS_A_PROMPT = 800;
/** Problems of a split of which nobody knows how many there are. */
const ASSUMED_PROBLEMS = 1000;

/** A model that is not on this machine: a plan can be made for it, and nothing else. */
abstract class AbsentModel {
  readonly identity: ModelIdentity;
  readonly size: ModelSize;
  /** Who says how large it is. */
  readonly source: string;

  /** `counted`: parameters as the hub has counted them; for FLOPs the dimensions must be known too. */
  constructor(reference: string, repository: string, counted?: number) {
    this.identity = {
      name: reference,
      revision: `absent:${reference}`,
      dtype: "unknown",
      templateHash: "",
      provider: "none",
      runtime: "none",
      graphHash: "",
      tile: 1,
    };
    const known = knownSize(repository);
    this.size = counted === undefined ? known : { ...known, total: counted };
    this.source = counted === undefined ? "by a table" : "by the hub";
  }

  protected absent(): TouchstoneError {
    return new TouchstoneError({
      code: "model-absent",
      family: "input",
      what: "This model is not on this machine; only a plan can be made for it.",
      value: this.identity.name,
      fix: "Leave `--dry-run` away to have it downloaded, or name a server that has it (--backend).",
    });
  }

  async close(): Promise<void> {}
}

export class AbsentLanguageModel extends AbsentModel implements LanguageModel {
  sample(): never {
    throw this.absent();
  }

  score(): Promise<never> {
    return Promise.reject(this.absent());
  }

  embed(): Promise<never> {
    return Promise.reject(this.absent());
  }

  lineEnds(): never {
    throw this.absent();
  }

  promptLength(messages: readonly ChatMessage[]): number {
    return messages.reduce((sum, { content }) => sum + Math.ceil(content.length / LETTERS_A_TOKEN), 0);
  }
}

export class AbsentRewardModel extends AbsentModel implements RewardModel {
  reward(): Promise<never> {
    return Promise.reject(this.absent());
  }
}

/**
 * A dataset that was not downloaded, as its manifest counts it: placeholders in place of its problems, as long as its records are on
 * average. `atLeast` is how many problems a split is taken to have where the manifest does not count them.
 */
export function absentDataset(manifest: DatasetManifest, atLeast = ASSUMED_PROBLEMS): Dataset {
  const counts = new Map<Split, number>();
  const splits = Object.entries(manifest.splits) as [Split, NonNullable<DatasetManifest["splits"][Split]>][];
  for (const [split, source] of splits) {
    if ("of" in source) continue;
    const parts = filesOfSplit(manifest, split).map(({ problems }) => problems);
    counts.set(split, parts.includes(undefined) ? atLeast : parts.reduce<number>((sum, count) => sum + count!, 0));
  }
  for (const [split, source] of splits) {
    if (!("of" in source)) continue;
    const whole = counts.get(source.of)!;
    const taken = Math.round(whole * source.share);
    counts.set(split, taken);
    counts.set(source.of, whole - taken);
  }
  const placeholder = "word ".repeat(Math.ceil(lettersOf(manifest) / 5));
  const problems = (split: Split): readonly Problem[] =>
    Array.from({ length: counts.get(split) ?? 0 }, (_, i) => {
      const id = `${split}-${i}`;
      return { id, messages: [{ role: "user", content: placeholder }], cluster: id, split, reference: "" };
    });
  return {
    name: manifest.name,
    version: "absent",
    description: manifest.description,
    licence: manifest.licence,
    splits: [...counts.keys()],
    extractor: EXTRACTORS.get(manifest.extractor)!,
    grader: GRADERS.get(manifest.grader)!.grader,
    stepDelimiter: manifest.stepDelimiter ?? "\n",
    problems,
  };
}

/** Letters of a record, on average: more than its prompt has, since answers stand there too. */
function lettersOf(manifest: DatasetManifest): number {
  const files = (Object.keys(manifest.splits) as Split[]).flatMap((split) => filesOfSplit(manifest, split));
  const bytes = files.map((file) => file.bytes);
  const problems = files.map((file) => file.problems);
  // The sizes of packed files and of tables say nothing about the text in them.
  const packed = files.some(({ path }) => /\.(gz|parquet)$/.test(path));
  if (packed || bytes.includes(undefined) || problems.includes(undefined)) return LETTERS_A_PROMPT;
  const sum = (values: readonly (number | undefined)[]) => values.reduce<number>((total, value) => total + value!, 0);
  return sum(bytes) / sum(problems);
}
