import type { LanguageModel } from "./language-model.ts";

/** A way to run language models beside those that are built in: a reference `name:address` leads to it. */
export interface Backend {
  /** What its references begin with: lower-case words joined by dashes. */
  readonly name: string;
  readonly summary: string;
  /** Opens the model at an address, whatever that means here. Throws a `TouchstoneError` where it leads to none. */
  open(address: string, options: { readonly signal: AbortSignal }): Promise<LanguageModel>;
}
