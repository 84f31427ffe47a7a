import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import {
  advisedSampling,
  checkFits,
  hubSettings,
  pullModel,
  readModelFile,
  resolveModel,
  type AdvisedSampling,
  type HubModel,
  type HubSettings,
} from "@touchstone/inference";
import { withAdvised } from "./generation-defaults.ts";
import { parseModelReference, spellModelReference, type HubReference } from "./model-reference.ts";
import { modelFolder } from "./models.ts";
import { pullReporter } from "./pull-progress.ts";
import { referencesOf, withReferences } from "./suite-references.ts";
import type { Device } from "./values.ts";

export interface HubUse {
  /** Nothing is asked of the network. */
  readonly offline?: boolean | undefined;
  /** Neither progress nor remarks. */
  readonly quiet?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Gets each remark: what has moved, what could not be asked. */
  readonly say: (line: string) => void;
}

/** The models of the hub that one command uses: each is asked for once, and then is the commit that it was. */
export class ModelHub {
  readonly #use: HubUse;
  readonly #settings: HubSettings;
  /** By `org/name@commit`. */
  readonly #models = new Map<string, HubModel>();
  /** Why the hub could not be asked: it is not asked again, for each of many models. */
  #down: TouchstoneError | undefined;

  constructor(use: HubUse) {
    this.#use = use;
    const settings = hubSettings();
    this.#settings = { ...settings, offline: settings.offline || (use.offline ?? false) };
  }

  /**
   * A suite whose models of the hub are named by their commits, so that it means the same whenever it is read again, and whose models'
   * own advice on sampling stands where it names none. `names`: of other things, which look like models. `tolerant`: a model that cannot
   * be asked for stays as it is, and is noted.
   */
  async settled(given: unknown, names: ReadonlySet<string>, tolerant: boolean): Promise<unknown> {
    const commits = new Map<string, string>();
    let said: TouchstoneError | undefined;
    for (const text of referencesOf(given).filter((one) => !names.has(one))) {
      const reference = parseModelReference(text);
      if (reference.kind !== "hub") continue;
      try {
        const { commit } = await this.#resolve(reference);
        commits.set(text, spellModelReference({ ...reference, revision: commit }));
      } catch (error) {
        if (!tolerant || !(error instanceof TouchstoneError) || !isOfTheNetwork(error)) throw error;
        // Said once, however many models there are.
        if (error !== said) this.note(error.message);
        said = error;
      }
    }
    const pinned = commits.size === 0 ? given : withReferences(given, (text) => commits.get(text) ?? text);
    const { given: advised, notes } = withAdvised(pinned, await this.#advice(pinned));
    for (const note of notes) this.note(note);
    return advised;
  }

  /**
   * What running a settled suite would download, by the suite's spelling; undefined where the hub cannot be asked, so that sizes are not
   * known.
   */
  async lacking(given: unknown): Promise<ReadonlyMap<string, HubModel | undefined>> {
    const lacking = new Map<string, HubModel | undefined>();
    for (const text of referencesOf(given)) {
      const reference = parseModelReference(text);
      if (reference.kind !== "hub") continue;
      try {
        const model = await this.#resolve(reference);
        if (model.missing.length > 0) lacking.set(text, model);
      } catch (error) {
        if (!(error instanceof TouchstoneError) || !isOfTheNetwork(error)) throw error;
        lacking.set(text, undefined);
      }
    }
    return lacking;
  }

  /**
   * The folder that a reference leads to, to be loaded on a device; what is missing of a model of the hub is downloaded, but not where it
   * would not fit into memory.
   */
  async folder(text: string, device: Device): Promise<string> {
    const reference = parseModelReference(text);
    if (reference.kind !== "hub") return modelFolder(text);
    const model = await this.#resolve(reference);
    if (model.missing.length > 0) checkFits(model, { device });
    return (await this.pull(reference)).folder;
  }

  async pull(reference: HubReference): Promise<HubModel> {
    const model = await this.#resolve(reference);
    const progress = pullReporter(process.stderr, this.#use.quiet ?? false);
    try {
      const pulled = await pullModel(model, { ...this.#options, onProgress: progress.update });
      this.#models.set(`${model.repository}@${model.commit}`, pulled);
      return pulled;
    } finally {
      progress.stop();
    }
  }

  get #options() {
    const { signal } = this.#use;
    return { settings: this.#settings, ...(signal ? { signal } : {}) };
  }

  async #resolve(reference: HubReference): Promise<HubModel> {
    const known = this.#models.get(key(reference));
    if (known) return known;
    const model = await this.#ask(reference);
    for (const note of model.notes) this.note(note);
    this.#models.set(`${model.repository}@${model.commit}`, model);
    return model;
  }

  async #ask({ repository, revision }: HubReference): Promise<HubModel> {
    const { settings, ...rest } = this.#options;
    const offline = settings.offline || this.#down !== undefined;
    try {
      return await resolveModel(repository, revision, { ...rest, settings: { ...settings, offline } });
    } catch (error) {
      if (!(error instanceof TouchstoneError)) throw error;
      if (error.code === "not-in-cache" && this.#down) throw this.#down;
      if (error.code === "hub-unreachable" || error.code === "hub-timeout") this.#down = error;
      throw error;
    }
  }

  /** What the language models of a suite advise; those that are no files of ours advise nothing. */
  async #advice(given: unknown): Promise<ReadonlyMap<string, AdvisedSampling["taken"]>> {
    const models = (given as { readonly models?: unknown } | null | undefined)?.models;
    const advice = new Map<string, AdvisedSampling["taken"]>();
    for (const text of Array.isArray(models) ? models : []) {
      if (typeof text !== "string") continue;
      const reference = parseModelReference(text);
      const model = reference.kind === "hub" ? this.#models.get(key(reference)) : undefined;
      const name = model?.repository ?? text;
      const config = model
        ? await readModelFile(model, "generation_config.json", this.#options)
        : reference.kind === "built-in" || reference.kind === "folder"
          ? await readFile(join(modelFolder(text), "generation_config.json"), "utf8").catch(() => undefined)
          : undefined;
      advice.set(name, config === undefined ? {} : advisedSampling(parsed(config)).taken);
    }
    return advice;
  }

  /** Says something worth knowing of a model, unless the command is to be quiet. */
  readonly note = (text: string): void => {
    if (!this.#use.quiet) this.#use.say(`Note: ${text}`);
  };
}

function key({ repository, revision }: HubReference): string {
  return `${repository}@${revision ?? ""}`;
}

function isOfTheNetwork({ code }: TouchstoneError): boolean {
  return code.startsWith("hub-") || code === "not-in-cache";
}

/** A file that is no JSON is said by whoever loads the model. */
function parsed(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
