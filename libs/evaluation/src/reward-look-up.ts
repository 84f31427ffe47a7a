import { TouchstoneError } from "@touchstone/core";
import type { ContentReward } from "@touchstone/pool";
import type { Handed } from "./handed.ts";
import type { ProcedureSource } from "./source.ts";

/** Where an access finds rewards: in the pool's columns, or at its source. Throws `not-replayable` where it has none and needs one. */
export class RewardLookUp {
  readonly #source: ProcedureSource | undefined;

  constructor(source: ProcedureSource | undefined) {
    this.#source = source;
  }

  /** Rewards of texts of which each is the beginning of the next, for each response. */
  async ofBeginnings(
    model: string,
    responses: readonly { readonly problem: string; readonly texts: readonly string[] }[],
  ): Promise<readonly (readonly ContentReward[])[]> {
    const begun = responses.filter(({ texts }) => texts.length > 0);
    const source = this.#source;
    if (begun.length > 0 && !source) throw notReplayable("reward a part of a response");
    const wanted = begun.map(({ problem, texts }) => {
      return { problem, text: texts.at(-1)!, ends: texts.map(({ length }) => length) };
    });
    const made = begun.length > 0 ? await source!.beginnings(model, wanted) : [];
    let next = 0;
    return responses.map(({ texts }) => (texts.length > 0 ? made[next++]! : []));
  }

  /** Independent samples have their rewards in the pool's columns; every other text is asked of the source. */
  async of(model: string, wanted: readonly Handed[]) {
    const asked = wanted.filter(({ pooled }) => !pooled);
    const source = this.#source;
    if (asked.length > 0 && !source) throw notReplayable("reward a part of a response");
    const made = asked.length > 0 ? await source!.rewards(model, asked) : [];
    let next = 0;
    return wanted.map(({ pooled }) => {
      if (!pooled) return made[next++]!;
      const { pool, index } = pooled;
      const { values, tokens, seconds } = pool.rewards.get(model)!;
      return { value: values[index]!, tokens: tokens[index]!, seconds: seconds[index]! };
    });
  }
}

/** What a pool of independent samples cannot answer. */
export function notReplayable(act: string): TouchstoneError {
  return new TouchstoneError({
    code: "not-replayable",
    family: "usage",
    what: `A pool of independent samples cannot ${act}; a method that needs this has to run on a model.`,
    fix: "Leave the method out of this suite.",
  });
}
