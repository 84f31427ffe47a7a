import type { LlamaConfig } from "./config.ts";
import { hiddenStates, logits } from "./llama.ts";
import type { Parameters } from "./llama.ts";
import type { Array, Jax } from "./jax.ts";

/** Arrays of one shard of a batch by name; each loss names its own. */
export type Inputs = Readonly<Record<string, Array>>;

/** A scalar loss. Borrows `parameters`, consumes `inputs`. */
export type Loss = (jax: Jax, config: LlamaConfig, parameters: Parameters, inputs: Inputs) => Array;

function take(inputs: Inputs, name: string): Array {
  const found = inputs[name];
  if (found === undefined) throw new Error(`input ${name} is missing`);
  return found;
}

/** log p(targets[r, t] | tokens[r, ≤ t]), [rows·length]; consumes hidden [rows·length, width] and targets [rows, length]. */
function logProbabilities(jax: Jax, config: LlamaConfig, parameters: Parameters, hidden: Array, targets: Array): Array {
  const z = logits(jax, config, parameters, hidden);
  const shifted = z.ref.sub(jax.stopGradient(z.max(-1, { keepdims: true })));
  const normalizer = jax.np.log(jax.np.exp(shifted.ref).sum(-1));
  const chosen = jax.nn.oneHot(targets.reshape([-1]), config.vocab_size);
  return shifted.mul(chosen).sum(-1).sub(normalizer);
}

/** Σ weights·(−log p); inputs: tokens, targets [rows, length] int32, weights [rows, length]. */
export const supervisedLoss: Loss = (jax, config, parameters, inputs) => {
  const hidden = hiddenStates(jax, config, parameters, take(inputs, "tokens"));
  const logp = logProbabilities(jax, config, parameters, hidden, take(inputs, "targets"));
  return logp
    .mul(take(inputs, "weights").reshape([-1]))
    .sum()
    .neg();
};

/** The losses by name: a worker thread is told a name, since a function cannot be sent to it. */
export const losses = { supervised: supervisedLoss } as const satisfies Record<string, Loss>;
export type LossName = keyof typeof losses;
