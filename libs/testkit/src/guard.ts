/**
 * An object that hands out nothing but the named keys and keeps a record of every other key that was read, looked for or
 * written. What lies behind such a key is a poison: a value that looks useful, so that a method that peeks goes on and is
 * caught by the record, also where it swallows errors.
 */
export function guarded<T extends object>(target: T, allowed: ReadonlySet<string>, record: (act: string) => void): T {
  const forbidden = (key: string | symbol): key is string => typeof key === "string" && !allowed.has(key);
  return new Proxy(target, {
    get(object, key) {
      if (forbidden(key)) {
        record(`read ${key}`);
        // What is there has to be handed out: a proxy may not hide it where it is frozen.
        return Object.hasOwn(object, key) ? Reflect.get(object, key, object) : POISON[key];
      }
      const value: unknown = Reflect.get(object, key, object);
      return typeof value === "function" ? value.bind(object) : value;
    },
    has(object, key) {
      if (forbidden(key)) record(`looked for ${key}`);
      return Reflect.has(object, key);
    },
    getOwnPropertyDescriptor(object, key) {
      if (forbidden(key)) record(`looked for ${key}`);
      return Reflect.getOwnPropertyDescriptor(object, key);
    },
    set(_, key) {
      record(`wrote ${String(key)}`);
      return true;
    },
    defineProperty(_, key) {
      record(`wrote ${String(key)}`);
      return true;
    },
    deleteProperty(_, key) {
      record(`deleted ${String(key)}`);
      return true;
    },
  });
}

const POISON: Readonly<Record<string, unknown>> = {
  reference: "poisoned reference",
  answer: "poisoned answer",
  gold: "poisoned reference",
  grade: 1,
  correct: true,
  grades: Float64Array.of(1, 0, 0, 0, 0, 0, 0, 0),
};

export const PROBLEM_KEYS: ReadonlySet<string> = new Set(["id", "messages", "cluster", "split"]);

export const VIEW_KEYS: ReadonlySet<string> = new Set([
  "problem",
  "size",
  "answers",
  "rewardModels",
  "rewards",
  "rewardScale",
  "rewardScale",
  "logProbability",
  "entropy",
  "selfCertainty",
  "gini",
  "statistics",
  "afterLast",
  "similarity",
  "gini",
  "statistics",
  "afterLast",
  "similarity",
  "tokens",
  "truncated",
  "text",
]);

export const DRAWN_KEYS: ReadonlySet<string> = new Set([
  "id",
  "problem",
  "text",
  "tokenCount",
  "answer",
  "truncated",
  "finish",
  "logProbability",
  "entropy",
  "selfCertainty",
  "statistics",
  "lineEnds",
]);
