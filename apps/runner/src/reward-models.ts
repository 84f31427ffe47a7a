import { TouchstoneError, type Judge, type RewardModel } from "@touchstone/core";
import { loadLanguageModel, loadRewardModel } from "@touchstone/inference";
import { generativeRewardModel, openServedRewardModel, pairwiseJudge, RATIONALES } from "@touchstone/inference/judges";
import { say } from "./context.ts";
import { parseModelReference, spellModelReference, type ModelReference } from "./model-reference.ts";
import type { Device } from "./values.ts";

/** A reward model and where it is. */
export type OpenedRewardModel = RewardModel &
  ({ readonly folder: string } | { readonly report: { readonly url: string; readonly model: string } });

interface Opening {
  readonly device: Device;
  readonly signal: AbortSignal;
  /** The folder of a model that is no server's. */
  readonly folder: (reference: string) => Promise<string>;
  /** Called with what a server does not do as it should. Default: said. */
  readonly onRemark?: (remark: string) => void;
}

/**
 * The reward model that a reference leads to: one with a head of its own, here or behind a server, or a language model that is asked
 * (`?as=genrm`, `?as=genrm-rationale`).
 * @throws TouchstoneError `not-a-reward-model` for what is read as a judge
 */
export async function openRewardModel(reference: string, opening: Opening): Promise<OpenedRewardModel> {
  const parsed = parseModelReference(reference);
  if (parsed.as === "judge") {
    throw new TouchstoneError({
      code: "not-a-reward-model",
      family: "usage",
      what: "A judge compares two responses; it gives no rewards.",
      value: reference,
      fix: "Read the model as ?as=genrm or ?as=genrm-rationale, or name it as --judge.",
    });
  }
  const rationales = { genrm: 0, "genrm-rationale": RATIONALES } as const;
  const asked = parsed.as === "genrm" || parsed.as === "genrm-rationale" ? rationales[parsed.as] : undefined;
  if (parsed.kind === "served") {
    const { url, model, as } = parsed;
    const { onRemark = (remark: string) => say(`Note: ${remark}`) } = opening;
    if (asked === undefined) {
      const reading = as === "classify" || as === "pooling" || as === "score" ? as : undefined;
      const { signal } = opening;
      return Object.assign(await openServedRewardModel({ url, model, as: reading }, { signal, onRemark }), {
        report: { url, model },
      });
    }
    const { openServed } = await import("./served-models.ts");
    const served = await openServed(parsed, opening.signal, onRemark);
    return Object.assign(generativeRewardModel(served, { rationales: asked }), { report: { url, model } });
  }
  const folder = await opening.folder(withoutReading(parsed));
  if (asked === undefined) return loadRewardModel(folder, { device: opening.device });
  const asking = await loadLanguageModel(folder, { device: opening.device });
  return Object.assign(generativeRewardModel(asking, { rationales: asked }), { folder });
}

/**
 * The judge that a reference leads to: a language model, which need not be named as one (`?as=judge`).
 * @throws TouchstoneError `not-a-judge` for what is read as a reward model
 */
export async function openJudge(reference: string, { device, signal, folder, onRemark }: Opening): Promise<Judge> {
  const parsed = parseModelReference(reference);
  if (parsed.as !== undefined && parsed.as !== "judge") {
    throw new TouchstoneError({
      code: "not-a-judge",
      family: "usage",
      what: "A reward model rewards one response; a judge compares two.",
      value: reference,
      fix: "Name a language model, without a reading or with ?as=judge.",
    });
  }
  if (parsed.kind === "served") {
    const { openServed } = await import("./served-models.ts");
    return pairwiseJudge(await openServed(parsed, signal, onRemark));
  }
  return pairwiseJudge(await loadLanguageModel(await folder(withoutReading(parsed)), { device }));
}

/** The same model, however it is read. */
function withoutReading(reference: ModelReference): string {
  return spellModelReference({ ...reference, as: undefined });
}
