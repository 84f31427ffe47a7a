import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { IN_MEMORY } from "@touchstone/core";
import type { ModelIdentity } from "@touchstone/core";
import { checkWeights } from "@touchstone/graph";
import type { Model } from "@touchstone/graph";
import { Graphs } from "./graphs.ts";
import type { LanguageModelOptions, LocalLanguageModel, ReadLanguageModel } from "./language-model.ts";
import { OnnxLanguageModel, readLanguageModel } from "./language-model.ts";
import { writeWeightsFile } from "./weights-file.ts";
import type { NamedTensors } from "./weights-file.ts";

/**
 * A policy whose weights change while it is open, for rollouts of a policy in training. Its identity says that no file holds its
 * weights (`revision` begins with `in-memory:`, another after every replacement), so that the pool refuses what it draws.
 */
export interface RolloutModel extends LocalLanguageModel {
  /**
   * Draws and scores with these weights from now on, in the same worker processes; the tensors are copied before it returns.
   * @throws TouchstoneError `invalid-weights` when a tensor is missing or has another shape than config.json says, `model-busy` while the
   * model is drawing or scoring
   */
  replaceWeights(weights: NamedTensors): Promise<void>;
}

/**
 * Opens a model of which only configuration, tokenizer and the first weights are taken from the folder.
 * @throws TouchstoneError as `loadLanguageModel`
 */
export async function loadRolloutModel(folder: string, options: LanguageModelOptions = {}): Promise<RolloutModel> {
  return new OnnxRolloutModel(await readLanguageModel(folder, options), options);
}

class OnnxRolloutModel extends OnnxLanguageModel implements RolloutModel {
  readonly #stored: ModelIdentity;
  readonly #model: Model;
  readonly #loop: LanguageModelOptions["loop"];
  readonly #id = randomUUID();
  #replacements = 0;
  #folder: string | undefined;
  #built: { readonly layout: string; readonly graphs: Graphs } | undefined;

  constructor(parts: ReadLanguageModel, { loop }: LanguageModelOptions) {
    super(parts);
    this.#stored = parts.identity;
    this.#model = parts.read.model;
    this.#loop = loop;
    this.identity = this.#identity();
  }

  async replaceWeights(weights: NamedTensors): Promise<void> {
    // A new file each time: ONNX Runtime may have the old one mapped into memory until its sessions are closed.
    const folder = await mkdtemp(join(tmpdir(), "touchstone-weights-"));
    try {
      const model = { config: this.#model.config, weights: await writeWeightsFile(folder, weights) };
      checkWeights(model);
      this.#replacements += 1;
      await this.reopen(folder, this.#graphs(model), this.#identity());
    } catch (error) {
      await remove(folder);
      throw error;
    }
    const before = this.#folder;
    this.#folder = folder;
    if (before !== undefined) await remove(before);
  }

  override async close(): Promise<void> {
    await super.close();
    if (this.#folder !== undefined) await remove(this.#folder);
    this.#folder = undefined;
  }

  /** Graphs name where tensors lie in the file: those of one layout serve all weights written in it. */
  #graphs(model: Model): Graphs {
    const layout = JSON.stringify([...model.weights]);
    if (this.#built?.layout !== layout)
      this.#built = { layout, graphs: new Graphs(model, this.plan.provider, this.#loop) };
    return this.#built.graphs;
  }

  #identity(): ModelIdentity {
    return { ...this.#stored, dtype: "F32", revision: `${IN_MEMORY}${this.#id}:${this.#replacements}` };
  }
}

function remove(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true });
}
