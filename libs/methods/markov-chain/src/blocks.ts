import type { FinishReason } from "@touchstone/core";

/** A response is built block by block: `steps` steps within the first block, then the next block is drawn, and so on. */
export interface BlockPlan {
  /** Tokens of a block. */
  readonly tokens: number;
  /** Steps within each block but the last, which has what the budget leaves. */
  readonly steps: number;
}

/** Where one chain stands in its blocks. Without a plan there is one block, up to the length cap. */
export class Blocks {
  readonly #cap: number;
  readonly #plan: BlockPlan | undefined;
  #end: number;
  #steps = 0;

  constructor(cap: number, plan?: BlockPlan) {
    this.#cap = cap;
    this.#plan = plan;
    this.#end = Math.min(cap, plan?.tokens ?? cap);
  }

  /** Where responses are cut now, if before the suite's cap. */
  get variant(): { readonly maxTokens?: number } {
    return this.#end < this.#cap ? { maxTokens: this.#end } : {};
  }

  /**
   * Called before every continuation. `extend`: the state has to be carried on into the next block; `reopen`: it ended within its
   * block, and from now on all of it may be drawn again up to the cap; `step`: nothing changes.
   */
  next({ drawn }: { readonly drawn: { readonly finish: FinishReason } }): "step" | "extend" | "reopen" {
    if (this.#plan === undefined || this.#end === this.#cap || this.#steps++ < this.#plan.steps) return "step";
    this.#steps = 0;
    const unfinished = drawn.finish === "length";
    this.#end = unfinished ? Math.min(this.#cap, this.#end + this.#plan.tokens) : this.#cap;
    return unfinished ? "extend" : "reopen";
  }
}
