import type { GenerateOptions, Law, LoopKind, Model, Prompts, Target } from "@touchstone/graph";
import {
  buildEmbedGraph,
  buildGenerateGraph,
  buildRewardGraph,
  buildScoreGraph,
  buildStepRewardGraph,
} from "@touchstone/graph";
import { sha256 } from "./identity.ts";

export interface Graph {
  readonly key: string;
  readonly bytes: () => Uint8Array;
}

/** The graphs of a model, each built once, when first asked for. */
export class Graphs {
  readonly #model: Model;
  readonly #target: Target;
  readonly #loop: LoopKind;
  readonly #built = new Map<string, Uint8Array>();

  /** `loop`: for more than one row. Finished rows are dropped where the provider can (nested loops crash WebGPU). */
  constructor(model: Model, target: Target, loop: LoopKind = target === "webgpu" ? "whole" : "compact") {
    this.#model = model;
    this.#target = target;
    this.#loop = loop;
  }

  /** One row has a graph of its own. */
  generate(law: Law, rows: number, prompts: Prompts = "shared"): Graph {
    const loop = rows === 1 ? "single-row" : this.#loop;
    const options: GenerateOptions = { target: this.#target, law, loop, prompts };
    return this.#graph(`generate-${law}-${loop}-${prompts}`, () => buildGenerateGraph(this.#model, options));
  }

  score(): Graph {
    return this.#graph("score", () => buildScoreGraph(this.#model, { target: this.#target }));
  }

  embed(): Graph {
    return this.#graph("embed", () => buildEmbedGraph(this.#model, { target: this.#target }));
  }

  reward(): Graph {
    return this.#graph("reward", () => buildRewardGraph(this.#model, { target: this.#target }));
  }

  stepReward(): Graph {
    return this.#graph("step-reward", () => buildStepRewardGraph(this.#model, { target: this.#target }));
  }

  #graph(key: string, build: () => Uint8Array): Graph {
    const bytes = () => {
      let built = this.#built.get(key);
      if (built === undefined) this.#built.set(key, (built = build()));
      return built;
    };
    return { key, bytes };
  }
}

/** sha256 over the bytes of graphs, which hold all their options. */
export function hashGraphs(graphs: readonly Graph[]): string {
  return sha256(...graphs.flatMap(({ key, bytes }) => [key, bytes()]));
}
