import { resolve } from "node:path";
import { abstentionWarnings } from "@touchstone/evaluation";
import { print, say } from "../context.ts";
import { methodsFor } from "../external-methods.ts";
import { PLACES } from "../places.ts";
import { checkedSuite } from "../suite-flags.ts";
import { readSuite } from "../suites.ts";

export interface ValidateOptions {
  readonly pool?: string | undefined;
  readonly json?: true | undefined;
}

/** `validate`: whether a suite can be run as far as its own words and names go; nothing is loaded. */
export async function validate(reference: string, { json, pool }: ValidateOptions): Promise<void> {
  const { suite } = await checkedSuite(await readSuite(reference), resolve(pool ?? PLACES.pool));
  for (const warning of abstentionWarnings(suite, await methodsFor(suite.methods))) say(`warning: ${warning}`);
  if (json) {
    print(JSON.stringify(suite));
    return;
  }
  const { methods, budgets, datasets, models, rewardModels, poolSize } = suite;
  const count = (amount: number, what: string) => `${amount} ${what}${amount === 1 ? "" : "s"}`;
  print(
    `The suite ${suite.name} is valid: ${count(methods.length, "method")} at ${count(budgets.amounts.length, "budget")}, ` +
      `${count(datasets.length, "dataset")}, ${count(models.length, "model")}, ` +
      `${count(rewardModels.length, "reward model")}, ${poolSize} samples per problem.`,
  );
}
