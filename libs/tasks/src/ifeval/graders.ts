import type { Grader, Problem } from "@touchstone/core";
import { CHECKS } from "./checks.ts";
import { parseInstructions, type Instruction } from "./instruction.ts";

// A problem is graded many times; its reference is read once.
const parsed = new WeakMap<Problem, readonly Instruction[]>();

function instructionsOf(problem: Problem): readonly Instruction[] {
  let instructions = parsed.get(problem);
  if (!instructions) {
    instructions = parseInstructions(problem.reference);
    parsed.set(problem, instructions);
  }
  return instructions;
}

function follows(response: string, instruction: Instruction): boolean {
  const check = CHECKS[instruction.id] as (response: string, instruction: Instruction) => boolean;
  return response.trim() !== "" && check(response, instruction);
}

/** Which instructions the response follows, in their order. A blank response follows none. */
export function followedStrictly(response: string, instructions: readonly Instruction[]): boolean[] {
  return instructions.map((instruction) => follows(response, instruction));
}

/** Which instructions any of the eight {@link looseVariants} follows, in their order. */
export function followedLoosely(response: string, instructions: readonly Instruction[]): boolean[] {
  const variants = looseVariants(response);
  return instructions.map((instruction) => variants.some((variant) => follows(variant, instruction)));
}

/** The response, without its first line, without its last, without both; and each of these four without asterisks. */
export function looseVariants(response: string): readonly string[] {
  const lines = response.split("\n");
  const join = (from: number, to: number) => lines.slice(from, to).join("\n").trim();
  const variants = [response, join(1, lines.length), join(0, -1), join(1, -1)];
  return [...variants, ...variants.map((variant) => variant.replaceAll("*", ""))];
}

type Followed = typeof followedStrictly;
const share = (followed: Followed) => (problem: Problem, response: string) => {
  const verdicts = followed(response, instructionsOf(problem));
  return verdicts.filter(Boolean).length / verdicts.length;
};
const all = (followed: Followed) => (problem: Problem, response: string) =>
  followed(response, instructionsOf(problem)).every(Boolean) ? 1 : 0;

/** 1 where all instructions are followed, strictly, otherwise 0: the mean is IFEval's prompt-level strict accuracy. */
export const ifeval: Grader = { name: "ifeval", grade: all(followedStrictly) };
/** As {@link ifeval} for any of the eight variants per instruction: the mean is the prompt-level loose accuracy. */
export const ifevalLoose: Grader = { name: "ifeval-loose", grade: all(followedLoosely) };
/**
 * Share of the problem's instructions that are followed, strictly. Its mean counts every problem alike; IFEval's instruction-level
 * accuracy counts every instruction alike, so that the two differ where problems have different numbers of them.
 */
export const ifevalShare: Grader = { name: "ifeval-share", grade: share(followedStrictly) };
/** As {@link ifevalShare} for any of the eight variants per instruction. */
export const ifevalShareLoose: Grader = { name: "ifeval-share-loose", grade: share(followedLoosely) };

/** What keeps a reference from being a list of instructions; undefined where it is one. */
export function faultOfInstructions(reference: string): string | undefined {
  try {
    parseInstructions(reference);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
