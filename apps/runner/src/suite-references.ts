/**
 * A suite with every reference to a model (its own, its datasets', its methods') as `change` makes it. Anything but a list of texts is
 * left for the suite's own check.
 */
export function withReferences(given: unknown, change: (reference: string) => string): unknown {
  if (typeof given !== "object" || given === null) return given;
  const suite = given as Readonly<Record<string, unknown>>;
  const list = (value: unknown): unknown =>
    Array.isArray(value) ? value.map((one: unknown) => (typeof one === "string" ? change(one) : one)) : value;
  const both = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    const { models, rewardModels } = value as Readonly<Record<string, unknown>>;
    return {
      ...value,
      ...(models === undefined ? {} : { models: list(models) }),
      ...(rewardModels === undefined ? {} : { rewardModels: list(rewardModels) }),
    };
  };
  const each = (value: unknown): unknown => (Array.isArray(value) ? value.map(both) : value);
  const { judge } = suite;
  return {
    ...(both(suite) as object),
    ...(typeof judge === "string" ? { judge: change(judge) } : {}),
    ...("datasets" in suite ? { datasets: each(suite["datasets"]) } : {}),
    ...("methods" in suite ? { methods: each(suite["methods"]) } : {}),
  };
}

/** Every reference to a model in a suite, each once. */
export function referencesOf(given: unknown): string[] {
  const found = new Set<string>();
  withReferences(given, (reference) => {
    found.add(reference);
    return reference;
  });
  return [...found];
}
