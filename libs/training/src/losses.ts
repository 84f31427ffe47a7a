import type { LlamaConfig } from "./config.ts";
import { hiddenStates, logits, weight } from "./llama.ts";
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
export function logProbabilities(
  jax: Jax,
  config: LlamaConfig,
  parameters: Parameters,
  hidden: Array,
  targets: Array,
): Array {
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

/**
 * Σ weights·(log(1 + exp(r)) − p·r) for rewards r [rows] and labels p = (1 + signs)/2 in [0, 1]: the logistic loss, for hard labels
 * log(1 + exp(−signs·r)). Consumes all three. Written with a maximum that carries no gradient, so that the derivative at r = 0, where
 * training starts, is exactly ½ − p.
 */
function logisticLoss(jax: Jax, rewards: Array, signs: Array, weights: Array): Array {
  const top = jax.stopGradient(jax.np.maximum(rewards.ref, 0));
  const inner = jax.np.exp(rewards.ref.sub(top.ref)).add(jax.np.exp(top.ref.neg()));
  const labels = signs.add(1).mul(0.5);
  return top.add(jax.np.log(inner)).sub(rewards.mul(labels)).mul(weights).sum();
}

/** Rows of hidden [rows·length, width] picked by last [rows, length] (one 1 in each row): [rows, width]. Consumes both. */
function atLast(hidden: Array, last: Array): Array {
  const [rows, length] = last.shape as [number, number];
  return hidden
    .reshape([rows, length, -1])
    .mul(last.reshape([rows, length, 1]))
    .sum(1);
}

/** r = score.weight · h_last, [rows]; inputs: tokens [rows, length] int32, last [rows, length]. */
export const classifierReward: Loss = (jax, config, parameters, inputs) => {
  const hidden = hiddenStates(jax, config, parameters, take(inputs, "tokens"));
  return jax.np.matmul(atLast(hidden, take(inputs, "last")), weight(parameters, "score.weight").reshape([-1]));
};

/**
 * r = a·Σ_t log p(y_t | x, y_<t) + v·h_last + b, [rows], over the response with its end token (ours); inputs: tokens, targets
 * [rows, length] int32, response [rows, length] (1 where the target is a response token), last [rows, length].
 */
export const likelihoodReward: Loss = (jax, config, parameters, inputs) => {
  const hidden = hiddenStates(jax, config, parameters, take(inputs, "tokens"));
  const vector = weight(parameters, "score.weight").reshape([-1]);
  const fromLast = jax.np.matmul(atLast(hidden.ref, take(inputs, "last")), vector);
  const response = take(inputs, "response");
  const [rows, length] = response.shape as [number, number];
  const logp = logProbabilities(jax, config, parameters, hidden, take(inputs, "targets")).reshape([rows, length]);
  const likelihood = logp.mul(response).sum(-1);
  return likelihood.mul(weight(parameters, "likelihood.scale")).add(fromLast).add(weight(parameters, "score.bias"));
};

/** The logistic loss of a reward; inputs besides those of the reward: signs, weights [rows]. */
function logistic(reward: Loss): Loss {
  return (jax, config, parameters, { signs, weights, ...inputs }) => {
    if (signs === undefined || weights === undefined) throw new Error("inputs signs and weights are missing");
    return logisticLoss(jax, reward(jax, config, parameters, inputs), signs, weights);
  };
}

/**
 * The Bradley-Terry loss Σ weights·log(1 + exp(−(r⁺ − r⁻))) of a reward; inputs are those of the reward, with rows in pairs (y⁺ before
 * y⁻) on an axis of their own, [pairs, 2, …], besides contrast [pairs, 2] (1, −1 in every row), signs (1) and weights [pairs].
 */
function bradleyTerry(reward: Loss): Loss {
  return (jax, config, parameters, { contrast, signs, weights, ...inputs }) => {
    if (contrast === undefined || signs === undefined || weights === undefined)
      throw new Error("inputs contrast, signs and weights are missing");
    const rows = Object.fromEntries(
      Object.entries(inputs).map(([name, x]) => [name, x.reshape([-1, ...x.shape.slice(2)])]),
    );
    const margins = reward(jax, config, parameters, rows).reshape([-1, 2]).mul(contrast).sum(-1);
    return logisticLoss(jax, margins, signs, weights);
  };
}

/** The losses by name: a worker thread is told a name, since a function cannot be sent to it. */
export const losses = {
  supervised: supervisedLoss,
  classifier: logistic(classifierReward),
  likelihood: logistic(likelihoodReward),
  classifierPairs: bradleyTerry(classifierReward),
  likelihoodPairs: bradleyTerry(likelihoodReward),
} as const satisfies Record<string, Loss>;
export type LossName = keyof typeof losses;
