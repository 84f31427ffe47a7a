import { TouchstoneError, type LanguageModel, type RewardModel } from "@touchstone/core";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import type { ModelHub } from "../hub.ts";
import { parseModelReference } from "../model-reference.ts";
import { listModels } from "../models.ts";
import { openRewardModel } from "../reward-models.ts";
import { openServed } from "../served-models.ts";
import type { Device } from "../values.ts";

/** A model and how it is run. */
export interface Backend {
  readonly reference: string;
  readonly device: Device;
  /** Rows per run; undefined: the device's default. */
  readonly tile: number | undefined;
}

export type Loaded =
  | { readonly role: "language-model"; readonly model: LanguageModel }
  | { readonly role: "reward-model"; readonly model: RewardModel };

interface Loading {
  readonly hub: ModelHub;
  readonly signal: AbortSignal;
}

/** Loads a backend as what it is: the reference or the folder's configuration says whether it draws or rewards. */
export async function loadBackend({ reference, device, tile }: Backend, { hub, signal }: Loading): Promise<Loaded> {
  const parsed = parseModelReference(reference);
  const folder = (one: string) => hub.folder(one, device);
  if (parsed.as !== undefined)
    return { role: "reward-model", model: await openRewardModel(reference, { device, signal, folder }) };
  if (parsed.kind === "served") return { role: "language-model", model: await openServed(parsed, signal) };
  const path = await folder(reference);
  const options = { device, ...(tile === undefined ? {} : { tile }) };
  try {
    return { role: "language-model", model: await loadLanguageModel(path, options) };
  } catch (error) {
    if (!(error instanceof TouchstoneError) || error.code !== "not-a-language-model") throw error;
    return { role: "reward-model", model: await loadRewardModel(path, options) };
  }
}

/** Of two backends of one comparison. Throws `different-roles`. */
export function sameRole(a: Loaded, b: Loaded, names: readonly [string, string]): void {
  if (a.role === b.role) return;
  throw new TouchstoneError({
    code: "different-roles",
    family: "usage",
    what: "One of these draws responses and the other gives rewards: they are no backends of one model.",
    value: names.join(", "),
    fix: "Name two backends of one language model, or of one reward model.",
  });
}

/** The built-in world of a built-in model: `arith` for `arith-good`. Undefined for any other model. */
export async function worldOf(reference: string): Promise<string | undefined> {
  const built = (await listModels()).some(({ name }) => name === reference);
  return built ? reference.split("-")[0] : undefined;
}
