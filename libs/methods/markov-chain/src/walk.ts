import type { Access, DeclaredVariant, Drawn, ProblemView } from "@touchstone/core";
import { logAcceptance, type Acceptance } from "./acceptance.ts";
import { Allowance } from "./allowance.ts";
import { Blocks, type BlockPlan } from "./blocks.ts";
import { Chain, rewarded, unrewarded, type Link } from "./chain.ts";
import { cutCount, keptTokens } from "./kernel.ts";

export interface WalkOptions {
  readonly acceptance: Acceptance;
  /** Whether states have rewards. */
  readonly rewards: boolean;
  /** The number whose trace a chain keeps. */
  readonly value: (link: Link) => number;
  /** What first draws and proposals are drawn with, as changes to the suite's decoding. */
  readonly proposal?: DeclaredVariant;
  readonly blocks?: BlockPlan;
}

/**
 * One chain a problem, as long as its budget lets it be: the first state is the problem's first draw, and every step of all
 * chains together is one `continue` and one `reward`. Chains do not depend on each other, and a smaller budget gives the
 * beginning of the same chain. Time and memory are linear in the steps.
 */
export async function walk(
  problems: readonly ProblemView[],
  access: Access,
  options: WalkOptions,
): Promise<readonly Chain[]> {
  if (options.acceptance.kernel === "independence" && access.budget.unit === "samples") {
    return walkThrough(problems, access, options);
  }
  const walkers = problems.map((problem) => new Walker(problem, access, options));
  await advance(walkers, access, options, (going) =>
    access.draw(going.map((walker) => ({ problem: walker.problem, count: 1, ...walker.variant }))),
  );
  for (;;) {
    const going = walkers.filter((walker) => walker.allowance.affordsStep());
    if (going.length === 0) return walkers.map(({ chain }) => chain!);
    await advance(going, access, options, () =>
      options.acceptance.kernel === "independence"
        ? access.draw(going.map((walker) => ({ problem: walker.problem, count: 1, ...walker.variant })))
        : access.continue(going.map((walker) => walker.cut())),
    );
  }
}

/** Independent proposals do not depend on the state: all are drawn, and rewarded, at once. */
async function walkThrough(problems: readonly ProblemView[], access: Access, options: WalkOptions): Promise<Chain[]> {
  const count = Math.floor(access.budget.amount);
  const walkers = problems.map((problem) => new Walker(problem, access, options));
  const drawn = await access.draw(walkers.map((walker) => ({ problem: walker.problem, count, ...walker.variant })));
  const links = await linksOf(drawn, access, options);
  return walkers.map((walker, i) => {
    for (const link of links[i]!) walker.arrive(link);
    return walker.chain!;
  });
}

/** One round: a draw for every walker, its reward, and the step. */
async function advance(
  going: readonly Walker[],
  access: Access,
  options: WalkOptions,
  draw: (going: readonly Walker[]) => Promise<readonly (readonly Drawn[])[]>,
): Promise<void> {
  const drawn = await draw(going);
  going.forEach((walker, i) => walker.allowance.noteDraw(drawn[i]![0]!.tokenCount - walker.kept));
  const links = await linksOf(drawn, access, options);
  going.forEach((walker, i) => {
    const [link] = links[i]!;
    walker.allowance.noteReward(link!.tokenCount);
    walker.arrive(link!);
  });
}

async function linksOf(
  drawn: readonly (readonly Drawn[])[],
  access: Access,
  { rewards }: WalkOptions,
): Promise<readonly (readonly Link[])[]> {
  if (!rewards) return drawn.map((samples) => samples.map((sample) => unrewarded(sample)));
  const values = await access.reward(drawn.flat());
  let next = 0;
  return drawn.map((samples) => samples.map((sample) => rewarded(sample, values[next++]!)));
}

class Walker {
  readonly problem: ProblemView;
  readonly allowance: Allowance;
  chain: Chain | undefined;
  /** Tokens that the proposal under way shares with the state. */
  kept = 0;
  readonly #options: WalkOptions;
  readonly #random: ReturnType<Access["random"]>;
  readonly #blocks: Blocks;
  #extending = false;

  constructor(problem: ProblemView, access: Access, options: WalkOptions) {
    this.problem = problem;
    this.allowance = new Allowance(access, problem);
    this.#options = options;
    // One stream a problem, read in the order of the steps.
    this.#random = access.random(`chain ${problem.id}`);
    this.#blocks = new Blocks(access.decoding.maxTokens, options.blocks);
  }

  get variant(): { readonly decoding?: DeclaredVariant } {
    const decoding = { ...this.#options.proposal, ...this.#blocks.variant };
    return Object.keys(decoding).length > 0 ? { decoding } : {};
  }

  /** The next continuation: of a whole block where the last is done, else after a uniform cut. */
  cut() {
    const { kernel } = this.#options.acceptance;
    const state = this.chain!.state;
    const parent = state.drawn.id;
    const next = this.#blocks.next(state);
    this.#extending = next === "extend";
    // States of a shorter cap have another law.
    if (next === "reopen") this.chain!.restart(state);
    if (this.#extending) {
      this.kept = state.tokenCount;
      return { parent, cut: { unit: "token", keep: this.kept }, ...this.variant } as const;
    }
    const keep = this.#random.integer(cutCount(kernel, state));
    this.kept = keptTokens(kernel, state, keep);
    return { parent, cut: { unit: kernel === "line" ? "line" : "token", keep }, ...this.variant } as const;
  }

  arrive(link: Link): void {
    if (this.chain === undefined) this.chain = new Chain(link, this.#options.value);
    else if (this.#extending) this.chain.restart(link);
    else {
      const accept = logAcceptance(this.#options.acceptance, this.chain.state, link, this.kept);
      // Read in every step, so that later steps do not depend on this one.
      const u = this.#random.uniform();
      this.chain.step(link, Math.log(u) < accept, this.kept);
    }
  }
}
