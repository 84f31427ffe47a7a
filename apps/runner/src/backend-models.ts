import type { LanguageModel } from "@touchstone/core";
import { BACKENDS } from "./backends.ts";
import type { BackendReference } from "./model-reference.ts";

/** A model of a backend beside the built-in ones. */
export interface BackendModel extends LanguageModel {
  /** What led to it. */
  readonly reference: string;
}

export async function openOfBackend(reference: BackendReference, signal: AbortSignal): Promise<BackendModel> {
  const backend = BACKENDS.find(({ name }) => name === reference.backend)!;
  const model = await backend.open(reference.address, { signal });
  return Object.assign(model, { reference: `${reference.backend}:${reference.address}` });
}
