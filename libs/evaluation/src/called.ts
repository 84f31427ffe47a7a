import { canonicalJson, type Method } from "@touchstone/core";

/** A method in words, with the parameters that are not its defaults: `qalign (kernel line, unit sd)`. `parameters`: canonical JSON. */
export function called(method: Method, parameters: string): string {
  const differing = parametersInWords(method, parameters);
  return differing.length === 0 ? method.name : `${method.name} (${differing.join(", ")})`;
}

/** Those of the parameters that are not the method's defaults, each as `name value`. */
export function parametersInWords(method: Method, parameters: string): readonly string[] {
  const usual = method.parameters.safeParse({});
  const defaults = (usual.success ? usual.data : {}) as Readonly<Record<string, unknown>>;
  return Object.entries(JSON.parse(parameters) as Record<string, unknown>)
    .filter(([name, value]) => canonicalJson([value]) !== canonicalJson([defaults[name]]))
    .map(([name, value]) => `${name} ${typeof value === "string" ? value : JSON.stringify(value)}`);
}
