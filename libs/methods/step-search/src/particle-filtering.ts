import { defineProcedure, type Stream } from "@touchstone/core";
import { z } from "zod";
import { decideBest, decided, type Candidate } from "./candidate.ts";
import { complete, grouped, partsPerRound } from "./passes.ts";
import { LINE, searchAll, WHOLE, type Search, type SearchContext } from "./search.ts";

const parameters = z.strictObject({
  /** Temperature of the softmax that particles are drawn again by. */
  temperature: z.number().positive().default(1),
  /** Whether `temperature` is in units of the (transformed) rewards or of their median within-problem standard deviation. */
  unit: z.enum(["raw", "sd"]).default("raw"),
  /** What the softmax is of: the reward, or log(r/(1 − r)) for step rewards that are probabilities. */
  transform: z.enum(["none", "logit"]).default("none"),
  /** The particle of the highest reward, or a draw by the same softmax. */
  answer: z.enum(["best", "sample"]).default("best"),
});

type Options = z.infer<typeof parameters>;

/**
 * Particle filtering over lines: all particles draw a line, then as many are drawn from them again, with replacement, by the softmax of their
 * rewards. Those that have ended keep their weight and may be copied. Their number is planned from the budget.
 */
export const particleFiltering = defineProcedure({
  name: "particle-filtering",
  summary: "Responses that grow by a line and are resampled by the softmax of their rewards.",
  reference: {
    title:
      "A Probabilistic Inference Approach to Inference-Time Scaling of LLMs using Particle-Based Monte Carlo Methods",
    authors: "Puri et al.",
    year: 2025,
    source: "arXiv:2502.01618",
  },
  needs: { rewards: "one", answers: false, continues: true },
  parameters,
  search: { knobs: { temperature: { scale: "log", from: 0.1, to: 10 } }, fixed: { unit: "sd" } },

  decide: (problems, access, options) => searchAll(problems, access, (context) => filter(context, options)),
});

function* filter(context: SearchContext, options: Options): Search {
  // A response drawn ahead tells how many lines to plan for. It is no particle: its length decides how many there are, and
  // counted among them it would favour short responses.
  const ahead: Candidate[] = [];
  if (!context.inSamples || context.left() > 2) yield* complete([undefined], ahead);
  if (context.left() < 1) return decideBest(ahead, { particles: 0 });
  const count = ahead.length > 0 ? particlesOf(context, ahead) : context.left();

  let particles: (Candidate | undefined)[] = Array.from({ length: count });
  let resampled = 0;
  let distinct = count;
  for (;;) {
    const open = particles.filter((particle) => !particle?.finished);
    // Whatever is drawn again may be unfinished: as many parts as there are particles are held back to complete them.
    const whole = ahead.length === 0 || context.left() < open.length + count;
    const asks = grouped(open, whole ? WHOLE : LINE);
    const parts = yield asks;
    const grown = [...particles.filter((particle) => particle?.finished), ...parts.flat()] as Candidate[];
    particles = grown;
    if (grown.every(({ finished }) => finished)) break;
    const weights = softmax(grown, context, options);
    if (weights) {
      particles = multinomial(grown, weights, context.random);
      resampled++;
      distinct = new Set(particles).size;
    }
  }
  const ended = particles as Candidate[];
  const diagnostics = { particles: count, resampled, distinct_particles: distinct };
  if (options.answer === "best") return decideBest(ended, diagnostics);
  const weights = softmax(ended, context, options);
  if (!weights) return { kind: "abstained", reason: "no finished response has a valid reward", diagnostics };
  return decided(ended, weights, diagnostics);
}

/** Outside samples the dearest parts must fit twice: once as lines, and once held back. */
function particlesOf(context: SearchContext, ahead: readonly Candidate[]): number {
  const parts = partsPerRound(context, ahead);
  return context.inSamples ? parts : Math.max(1, Math.min(parts, Math.floor(context.left() / 2)));
}

/** Sum 1; a failed reward has none. `undefined` where every reward failed: nothing is known, and nothing is resampled. */
function softmax(
  particles: readonly Candidate[],
  context: SearchContext,
  { temperature, unit, transform }: Options,
): Float64Array | undefined {
  const values = Float64Array.from(particles, ({ reward }) =>
    transform === "logit" ? Math.log(reward / (1 - reward)) : reward,
  );
  const highest = values.reduce((top, value) => (value > top ? value : top), Number.NEGATIVE_INFINITY);
  const scale = context.inRewards(temperature, unit);
  const weights = values.map((value) =>
    Number.isNaN(value) ? 0 : value === highest ? 1 : Math.exp((value - highest) / scale),
  );
  const sum = weights.reduce((a, b) => a + b, 0);
  return sum > 0 ? weights.map((weight) => weight / sum) : undefined;
}

function multinomial(particles: readonly Candidate[], weights: Float64Array, random: Stream): Candidate[] {
  return particles.map(() => {
    let u = random.uniform();
    const drawn = weights.findIndex((weight) => (u -= weight) < 0);
    return particles[drawn < 0 ? weights.findLastIndex((weight) => weight > 0) : drawn]!;
  });
}
