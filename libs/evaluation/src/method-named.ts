import { TouchstoneError, type Method } from "@touchstone/core";
import { suggestion } from "./suggest.ts";

/** The registered method of a resolved choice. Throws `unknown-method`. */
export function methodNamed(name: string, methods: readonly Method[]): Method {
  const found = methods.find((method) => method.name === name);
  if (found) return found;
  throw new TouchstoneError({
    code: "unknown-method",
    family: "usage",
    what: "There is no such method.",
    value: name,
    fix: suggestion(
      name,
      methods.map((method) => method.name),
      "method",
    ),
  });
}
