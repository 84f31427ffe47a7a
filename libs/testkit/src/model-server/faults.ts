import type { Fault, FaultKind } from "./settings.ts";

/** Which faults befall requests: each leaves some alone, and is over after some. */
export class Faults {
  readonly #faults: readonly { readonly fault: Fault; seen: number }[];

  constructor(faults: readonly Fault[]) {
    this.#faults = faults.map((fault) => ({ fault, seen: 0 }));
  }

  /** The faults of one more request. */
  of(path: string, body: string): readonly Fault[] {
    return this.#faults
      .filter(({ fault }) => path.includes(fault.path ?? "") && body.includes(fault.body ?? ""))
      .filter((entry) => {
        const { after = 0, times = Number.POSITIVE_INFINITY } = entry.fault;
        entry.seen++;
        return entry.seen > after && entry.seen <= after + times;
      })
      .map(({ fault }) => fault);
  }
}

/** An answer with the faults that change what it says. */
export function faulty(answer: unknown, kinds: readonly FaultKind[]): unknown {
  let changed = answer as Readonly<Record<string, unknown>>;
  const choices = (): readonly Readonly<Record<string, unknown>>[] =>
    (changed["choices"] ?? []) as readonly Readonly<Record<string, unknown>>[];
  for (const kind of kinds) {
    if (kind === "other-model") changed = { ...changed, model: `${String(changed["model"])}-other` };
    if (kind === "no-usage") changed = without(changed, "usage");
    if (kind === "fewer-choices")
      changed = { ...changed, choices: choices().slice(0, Math.max(1, choices().length - 1)) };
    if (kind === "no-choices") changed = { ...changed, choices: [] };
    if (kind === "no-log-probabilities") {
      changed = { ...changed, choices: choices().map((choice) => without(choice, "logprobs", "token_ids")) };
    }
  }
  return changed;
}

function without(given: Readonly<Record<string, unknown>>, ...keys: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([key]) => !keys.includes(key)));
}
