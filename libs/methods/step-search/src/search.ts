import type { Access, DeclaredVariant, Decision, Drawn, ProblemView, Stream } from "@touchstone/core";
import { isFinished, type Candidate } from "./candidate.ts";
import { Allowance } from "./allowance.ts";

/** Parts to draw: from the prompt on (`from` undefined), or carrying an unfinished response on. */
export interface Ask {
  readonly from?: Candidate | undefined;
  readonly count: number;
  readonly decoding: DeclaredVariant;
}

/** To the next end of a line, delimiter kept. */
export const LINE: DeclaredVariant = { stopAtLine: true };
/** To the end of the response. */
export const WHOLE: DeclaredVariant = {};

/** One problem's search: asks for parts, is given them with their rewards in the same order, and decides. */
export type Search = Generator<readonly Ask[], Decision, readonly (readonly Candidate[])[]>;

export interface SearchContext {
  /**
   * How many more parts surely fit into the budget, were each to make its response `upTo` tokens long (by default the length
   * cap). Ask for no more than that. 1 as long as no part has told its cost.
   */
  left(upTo?: number): number;
  /** How many more parts fit at the mean cost of those so far: what to plan by. In samples the same as `left`. */
  expected(): number;
  /** Whether the budget is in samples, so that a part's cost is known before any was drawn. */
  readonly inSamples: boolean;
  /** Length cap of a response, tokens. */
  readonly cap: number;
  /** The search's own randomness. */
  readonly random: Stream;
  /** `temperature` in the units of the rewards. */
  inRewards(temperature: number, unit: "raw" | "sd"): number;
}

/**
 * Runs a search for every problem. What they ask for in one round is drawn in at most two calls (from prompts, and continuing) and
 * rewarded in one, whatever the number of problems.
 */
export async function searchAll(
  problems: readonly ProblemView[],
  access: Access,
  start: (context: SearchContext) => Search,
): Promise<readonly Decision[]> {
  const cap = access.decoding.maxTokens;
  const searches = problems.map((problem) => {
    const allowance = new Allowance(access, problem);
    const search = start({
      left: (upTo = cap) => allowance.surely(upTo),
      expected: () => allowance.expected(),
      inSamples: allowance.inSamples,
      cap,
      random: access.random(`search ${problem.id}`),
      inRewards: (temperature, unit) => (unit === "sd" ? temperature * access.rewardScale() : temperature),
    });
    return { problem, allowance, search, turn: search.next(), first: undefined as Drawn | undefined };
  });
  for (;;) {
    const active = searches.filter(({ turn }) => !turn.done);
    if (active.length === 0) return searches.map(({ turn }) => turn.value as Decision);
    const asks = active.flatMap(({ problem, turn, first }) =>
      (turn.value as readonly Ask[]).map((ask) => ({ problem, first, ask })),
    );
    const drawn = await drawAll(asks, access);
    for (const { allowance } of active) allowance.noteDraw();
    const rewards = await access.reward(drawn.flat());
    let next = 0;
    let at = 0;
    for (const running of active) {
      const parts = (running.turn.value as readonly Ask[]).map((ask) =>
        drawn[next++]!.map((one) => candidate(ask, one, rewards[at++]!, cap)),
      );
      running.first ??= parts.flat()[0]?.drawn;
      running.allowance.noteRewards(parts.flat());
      running.turn = running.search.next(parts);
    }
  }
}

interface PlacedAsk {
  readonly problem: ProblemView;
  /** What was drawn first for the problem. */
  readonly first: Drawn | undefined;
  readonly ask: Ask;
}

/**
 * A part that begins at the prompt is drawn as such in the first round only. Later it continues the first response from its very
 * beginning: draws of another decoding may repeat the randomness of the first ones, a continuation has its own.
 */
async function drawAll(asks: readonly PlacedAsk[], access: Access): Promise<readonly (readonly Drawn[])[]> {
  const begins = ({ ask, first }: PlacedAsk) => ask.from === undefined && first === undefined;
  const fresh = asks.filter(begins);
  const carried = asks.filter((ask) => !begins(ask));
  const drawn =
    fresh.length === 0
      ? []
      : await access.draw(fresh.map(({ problem, ask: { count, decoding } }) => ({ problem, count, decoding })));
  const continued =
    carried.length === 0
      ? []
      : await access.continue(
          carried.map(({ first, ask: { from, count, decoding } }) => ({
            parent: (from?.drawn ?? first!).id,
            cut: { unit: "token", keep: from?.drawn.tokenCount ?? 0 },
            count,
            decoding,
          })),
        );
  const nextOf = { fresh: 0, carried: 0 };
  return asks.map((ask) => (begins(ask) ? drawn[nextOf.fresh++]! : continued[nextOf.carried++]!));
}

function candidate({ from, decoding }: Ask, drawn: Drawn, reward: number, cap: number): Candidate {
  return { drawn, reward, path: [...(from?.path ?? []), reward], finished: isFinished(drawn, decoding, cap) };
}
