import type { Ledger, ProblemView } from "@touchstone/core";

/** A response of the policy that trains. */
export interface Response {
  readonly text: string;
  /** Prompt and response, end token included where it was drawn. */
  readonly tokens: Int32Array;
  readonly promptLength: number;
}

/** What training by reward models asks of models. Every call enters what it cost in the ledger. */
export interface TrainingModels {
  /** Names of the reward models; a bandit's arms in this order. */
  readonly rewardModels: readonly string[];
  /** `count` responses a prompt from the policy with the weights of the moment; `step` tells apart draws for one prompt. */
  draw(
    problems: readonly ProblemView[],
    options: { readonly count: number; readonly step: number; readonly ledger: Ledger },
  ): Promise<readonly (readonly Response[])[]>;
  /** Final hidden states of the prompts' last tokens under the policy of the moment. */
  embed(problems: readonly ProblemView[], ledger: Ledger): Promise<readonly ArrayLike<number>[]>;
  /** Scores by prompt, then response; NaN where the reward model failed. */
  reward(
    rewardModel: string,
    problems: readonly ProblemView[],
    responses: readonly (readonly Response[])[],
    ledger: Ledger,
  ): Promise<readonly Float64Array[]>;
}
