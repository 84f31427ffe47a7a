import { resolve } from "node:path";
import { methodReference, type MethodReference } from "@touchstone/evaluation";

/** Whether a package of methods is named by the path of its folder. */
export function isFolder(reference: string): boolean {
  return /^[./\\]|^[A-Za-z]:[\\/]/.test(reference);
}

/** The methods that an unchecked suite names; what is none is left for the suite's own check. */
export function givenMethods(given: unknown): MethodReference[] {
  const methods = (given as { readonly methods?: unknown } | null | undefined)?.methods;
  if (!Array.isArray(methods)) return [];
  return methods.flatMap((choice: unknown) => {
    if (typeof choice === "string") return [methodReference(choice)];
    const { name, package: from } = (choice ?? {}) as Partial<Record<"name" | "package", unknown>>;
    return typeof name === "string" ? [{ name, ...(typeof from === "string" ? { package: from } : {}) }] : [];
  });
}

/** Methods of a suite with the folders of their packages made absolute. */
export function fixedMethods(methods: readonly unknown[]): unknown[] {
  return methods.map((choice) => {
    const spelled = typeof choice === "string" ? methodReference(choice) : choice;
    const { package: from } = (spelled ?? {}) as { readonly package?: unknown };
    if (typeof from !== "string") return choice;
    return { ...(spelled as object), package: isFolder(from) ? resolve(from) : from };
  });
}
