import type { Stream } from "@touchstone/core";

/** Problems a split has, as templates × problems of each. Templates are spread over their sizes like the training problems. */
export const SPLIT_SIZES = {
  validation: { templates: 125, each: 4 },
  test: { templates: 324, each: 4 },
  shift: { templates: 120, each: 4 },
} as const;
export type HeldOutSplit = keyof typeof SPLIT_SIZES;

/** What a world is drawn from. */
export interface World<Template, Problem> {
  /** Keys with different purposes share no randomness. */
  stream(purpose: "templates" | "problems" | "problem-order", ...key: readonly (string | number)[]): Stream;
  /** Shares of the templates of size 1, 2, … among a split's, in any unit. */
  shares(split: HeldOutSplit): readonly number[];
  drawTemplate(random: Stream, size: number): Template;
  /** A problem of a template, where the draw made one. */
  instantiate(template: Template, random: Stream): Problem | undefined;
  /** Whether a template is kept from training, for the split `shift`. */
  isShift(template: Template): boolean;
}

/** The problems of a world outside training: no prompt twice, in no two splits. Drawn once, when first asked for. */
export class HeldOut<Template extends { readonly id: string }, Problem extends { readonly prompt: string }> {
  readonly #world: World<Template, Problem>;
  #splits: ReadonlyMap<HeldOutSplit, readonly Problem[]> | undefined;
  readonly #prompts = new Set<string>();

  constructor(world: World<Template, Problem>) {
    this.#world = world;
  }

  problems(split: HeldOutSplit): readonly Problem[] {
    this.#splits ??= this.#draw();
    return this.#splits.get(split)!;
  }

  /** Whether a prompt is one of any split's. */
  has({ prompt }: Problem): boolean {
    this.#splits ??= this.#draw();
    return this.#prompts.has(prompt);
  }

  #draw(): ReadonlyMap<HeldOutSplit, readonly Problem[]> {
    return new Map((["test", "shift", "validation"] as const).map((split) => [split, this.#drawSplit(split)]));
  }

  #drawSplit(split: HeldOutSplit): Problem[] {
    const { each } = SPLIT_SIZES[split];
    const byTemplate = this.#templates(split).map((template) => {
      const random = this.#world.stream("problems", split, template.id);
      const drawn: Problem[] = [];
      while (drawn.length < each) {
        const problem = this.#world.instantiate(template, random);
        if (!problem || this.#prompts.has(problem.prompt)) continue;
        this.#prompts.add(problem.prompt);
        drawn.push(problem);
      }
      return drawn;
    });
    // One problem of every template, then a second of every template, each round in an order of its own: the first problems of a
    // split are a fair sample of it, from as many templates as there can be.
    return Array.from({ length: each }, (_, round) => {
      const order = this.#world.stream("problem-order", split, round).permutation(byTemplate.length);
      return Array.from(order, (template) => byTemplate[template]![round]!);
    }).flat();
  }

  /** Distinct templates, the quota of every size filled exactly. */
  #templates(split: HeldOutSplit): Template[] {
    const { templates } = SPLIT_SIZES[split];
    const shares = this.#world.shares(split);
    const whole = shares.reduce((sum, share) => sum + share, 0);
    const chosen = new Map<string, Template>();
    let before = 0;
    for (const [index, share] of shares.entries()) {
      // Quotas round so that they add up to the number of templates.
      const quota = Math.round((templates * (before + share)) / whole) - Math.round((templates * before) / whole);
      before += share;
      const random = this.#world.stream("templates", split, index + 1);
      for (const target = chosen.size + quota; chosen.size < target;) {
        const template = this.#world.drawTemplate(random, index + 1);
        const belongs = this.#world.isShift(template) === (split === "shift");
        if (belongs && this.#world.instantiate(template, random)) chosen.set(template.id, template);
      }
    }
    return [...chosen.values()];
  }
}
