import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Manifest } from "@touchstone/core";
import type { Suite } from "@touchstone/evaluation";
import { advisedSampling } from "@touchstone/inference";
import { isOpen, isPlain, PLAIN } from "./generation-defaults.ts";

type Generation = Pick<Manifest["models"][number], "generation_config">;

/**
 * What a manifest says of a model's generation_config.json: what of its advice on sampling the run followed, and what it did not.
 * Nothing where the file advises what is done anyway.
 */
export async function generationOf(
  folder: string | undefined,
  given: unknown,
  { decodings }: Pick<Suite, "decodings">,
): Promise<Generation> {
  if (folder === undefined) return {};
  const text = await readFile(join(folder, "generation_config.json"), "utf8").catch(() => "{}");
  const { taken, left } = advisedSampling(JSON.parse(text) as Record<string, unknown>);
  const advised = { ...PLAIN, ...taken };
  if (isPlain(advised) && Object.keys(left).length === 0) return {};
  const asked = (given as { readonly decodings?: readonly unknown[] } | null)?.decodings;
  const open = asked === undefined || asked.some((decoding) => isOpen(decoding));
  const followed =
    open &&
    decodings.some(
      ({ temperature, topK, topP }) =>
        temperature === advised.temperature && topK === advised.topK && topP === advised.topP,
    );
  return {
    generation_config: followed ? { taken, not_taken: left } : { taken: {}, not_taken: { ...taken, ...left } },
  };
}
