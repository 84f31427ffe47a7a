import { join } from "node:path";
import { TouchstoneError, type LanguageModel, type RewardModel } from "@touchstone/core";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import { parseModelReference } from "../model-reference.ts";
import { listModels } from "../models.ts";
import { PLACES } from "../places.ts";
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

/** Loads a backend as what it is: the folder's configuration says whether it draws or rewards. */
export async function loadBackend({ reference, device, tile }: Backend): Promise<Loaded> {
  const folder = folderOf(reference);
  const options = { device, ...(tile === undefined ? {} : { tile }) };
  try {
    return { role: "language-model", model: await loadLanguageModel(folder, options) };
  } catch (error) {
    if (!(error instanceof TouchstoneError) || error.code !== "not-a-language-model") throw error;
    return { role: "reward-model", model: await loadRewardModel(folder, options) };
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

function folderOf(reference: string): string {
  const parsed = parseModelReference(reference);
  switch (parsed.kind) {
    case "built-in":
      return join(PLACES.models, parsed.name);
    case "folder":
      return parsed.path;
    default:
      throw new TouchstoneError({
        code: "unknown-model",
        family: "usage",
        what: "Backends of a comparison are built-in models or folders.",
        value: reference,
        fix: "Give a name from `./touchstone ls models`, or the path of a model's folder.",
      });
  }
}
