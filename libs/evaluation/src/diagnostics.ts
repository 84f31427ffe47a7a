import type { DiagnosticRow } from "@touchstone/core";
import { clusteredMean, mean } from "@touchstone/stats";
import { cellValue } from "./cell-record.ts";
import type { Scene } from "./rows.ts";

/** What a number of diagnostics.csv is about. */
export interface DiagnosticSubject {
  readonly decoding: string;
  /** `pool`, `reward-model`, or a method's name. */
  readonly subject: string;
  readonly reward_model: string;
  readonly budget: number | null;
}

interface Collected {
  readonly about: DiagnosticSubject;
  readonly name: string;
  /** By problem, values of all seeds. */
  readonly values: Map<number, number[]>;
}

/** Collects numbers by problem and seed; a row is the mean over problems of each problem's mean over seeds. */
export class Diagnostics {
  readonly #collected = new Map<string, Collected>();
  readonly #constants: { readonly about: DiagnosticSubject; readonly name: string; readonly value: number }[] = [];

  add(about: DiagnosticSubject, problem: number, numbers: ReadonlyMap<string, number>): void {
    for (const [name, value] of numbers) {
      const { decoding, subject, reward_model, budget } = about;
      const key = [decoding, subject, reward_model, budget, name].join("\n");
      let entry = this.#collected.get(key);
      if (!entry) this.#collected.set(key, (entry = { about, name, values: new Map() }));
      const values = entry.values.get(problem);
      if (values) values.push(value);
      else entry.values.set(problem, [value]);
    }
  }

  /** A number that is not a mean over problems. The largest of those given under one name is kept. */
  largest(about: DiagnosticSubject, name: string, value: number): void {
    const index = this.#constants.findIndex(
      (entry) => entry.name === name && JSON.stringify(entry.about) === JSON.stringify(about),
    );
    if (index === -1) this.#constants.push({ about, name, value });
    else if (value > this.#constants[index]!.value) this.#constants[index] = { about, name, value };
  }

  rows(scene: Scene): DiagnosticRow[] {
    const { suite, dataset, split, model } = scene;
    const common = { suite, dataset, split, model };
    const constants = this.#constants.map(({ about, name, value }) => ({
      ...common,
      ...about,
      name,
      value,
      standard_error: null,
      problems: scene.problems.length,
    }));
    const means = Array.from(this.#collected.values(), ({ about, name, values }) => {
      const problems = [...values.keys()];
      const estimate = clusteredMean(
        problems.map((problem) => mean(values.get(problem)!.filter((value) => !Number.isNaN(value)))),
        problems.map((problem) => scene.clusters[problem]!),
        { missing: "omit" },
      );
      return {
        ...common,
        ...about,
        name,
        value: cellValue(estimate.estimate),
        standard_error: cellValue(estimate.standardError),
        problems: estimate.n,
      };
    });
    return [...constants, ...means];
  }
}
