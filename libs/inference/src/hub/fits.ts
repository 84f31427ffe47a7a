import { type EngineOptions, planEngine } from "../device.ts";
import type { HubModel } from "./resolve.ts";

/**
 * Refuses a model whose weights do not fit into this machine's memory before they are downloaded. By the hub's count of parameters, and
 * where there is none by the files' bytes, of which float32 numbers take at least as many.
 * @throws TouchstoneError `memory-limit`
 */
export function checkFits(
  { parameters, missing }: Pick<HubModel, "parameters" | "missing">,
  options: EngineOptions = {},
): void {
  const weights = missing.filter(({ path }) => path.endsWith(".safetensors"));
  const counted = parameters && 4 * Object.values(parameters).reduce((sum, count) => sum + count, 0);
  planEngine(counted ?? weights.reduce((sum, { bytes }) => sum + bytes, 0), options);
}
