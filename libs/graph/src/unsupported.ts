import { TouchstoneError } from "@touchstone/core";

/** `unsupported-model`: a feature, by its name, that no graph is built for. */
export function unsupported(feature: string, value: unknown, supported: string): TouchstoneError {
  return new TouchstoneError({
    code: "unsupported-model",
    family: "input",
    what: `This model's ${feature} is not supported.`,
    value,
    fix: `Supported: ${supported}.`,
  });
}

/** `invalid-model`: a `config.json` that contradicts itself or lacks a number. */
export function invalid(what: string, value: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "invalid-model",
    family: "input",
    what: `${what}.`,
    value,
    fix: "Check config.json against the model's source, or download the model again.",
  });
}
