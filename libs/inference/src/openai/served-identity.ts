import { createHash } from "node:crypto";
import { canonicalJson, type ModelIdentity } from "@touchstone/core";
import type { ServerReport } from "./probe.ts";

/**
 * What the pool's key holds of a served model: what the server says of it. The time at which a listing was `created` is that of the
 * question with servers of known kinds, and says nothing of the weights.
 */
export function servedIdentity(report: ServerReport): ModelIdentity {
  const { kind, version, model, models, weights, fingerprint, form, dtype, sample, answersAs } = report;
  const listed = models.find(({ id }) => id === model);
  const created = kind === "openai" ? listed?.created : undefined;
  const said = {
    model,
    answersAs,
    root: listed?.root,
    created,
    parameters: listed?.meta?.n_params,
    fingerprint,
    weights,
  };
  return {
    name: model,
    revision: `served:${sha256(said)}`,
    dtype: dtype ?? "unknown",
    templateHash: sha256({ form, tokens: sample.tokens ?? null, text: sample.text ?? null }),
    provider: "server",
    runtime: version === undefined ? kind : `${kind}@${version}`,
    graphHash: "",
    tile: 1,
  };
}

function sha256(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}
