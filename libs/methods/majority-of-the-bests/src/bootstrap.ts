import type { Standing } from "@touchstone/stats";

/**
 * The chance of each sample to be the best of m drawn with replacement from the N that are ranked (Majority-of-the-Bests, closed
 * form): with t samples ahead, ((N − t)/N)^m − ((N − t − 1)/N)^m. Samples of equal reward share the chance that one of them
 * is the best. Unranked samples have none.
 */
export function bestOfMChances({ counted, above, tied }: Standing, m: number, into: Float64Array): Float64Array {
  for (let i = 0; i < into.length; i++) {
    const share = tied[i]!;
    into[i] =
      share === 0
        ? 0
        : (((counted - above[i]!) / counted) ** m - ((counted - above[i]! - share) / counted) ** m) / share;
  }
  return into;
}

/**
 * The m of the adaptive rule: among m_j = ⌊0.75^j · N⌋, j = 0, 1, …, 1, the one whose distribution over answers is nearest in L1
 * to that of the next smaller candidate; the larger m where several are. With one candidate, that one.
 */
export function adaptiveM(standing: Standing, answers: Int32Array): number {
  const candidates = candidateMs(standing.counted);
  const chances = new Float64Array(answers.length);
  let chosen = candidates[0]!;
  let least = Number.POSITIVE_INFINITY;
  let larger = answerChances(answers, bestOfMChances(standing, chosen, chances));
  for (let j = 0; j + 1 < candidates.length; j++) {
    const smaller = answerChances(answers, bestOfMChances(standing, candidates[j + 1]!, chances));
    let distance = 0;
    for (const [answer, chance] of larger) distance += Math.abs(chance - smaller.get(answer)!);
    // Beyond rounding, so that the order in which chances were added does not choose.
    if (distance < least - 1e-12) {
      least = distance;
      chosen = candidates[j]!;
    }
    larger = smaller;
  }
  return chosen;
}

function candidateMs(samples: number): number[] {
  const candidates: number[] = [];
  for (let j = 0; ; j++) {
    const m = Math.floor(0.75 ** j * samples);
    if (m < 1) return candidates;
    if (m !== candidates.at(-1)) candidates.push(m);
  }
}

/** Every answer has its entry, also with chance 0. */
function answerChances(answers: Int32Array, chances: Float64Array): Map<number, number> {
  const byAnswer = new Map<number, number>();
  for (let i = 0; i < answers.length; i++) byAnswer.set(answers[i]!, (byAnswer.get(answers[i]!) ?? 0) + chances[i]!);
  return byAnswer;
}
