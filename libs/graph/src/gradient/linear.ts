import type { Value } from "../onnx.ts";
import type { Differentiable, Tape } from "./tape.ts";

/**
 * x Wᵀ + bias + added.
 * @param input [tokens, in] @param name of the linear map, [out, in] @param added [tokens, out]; its gradient is the result's own
 * @returns pull: [tokens, out] and what to add to the result (if anything) → [tokens, in]
 */
export function linear(
  tape: Tape,
  input: Value,
  name: string,
  options: { readonly bias: boolean; readonly added?: Value },
): { value: Value; pull: (gradient: Value, sum?: Value) => Value } {
  const { builder: b, gradients } = tape;
  const [weight, bias] = [`${name}.weight`, `${name}.bias`];
  const terms = [...(options.bias ? [bias] : []), ...(options.added === undefined ? [] : [options.added])];
  const value = b.op("Gemm", [input, weight, ...terms.slice(0, 1)], { transB: 1 });
  return {
    value: terms.length > 1 ? b.op("Add", [value, terms[1] ?? ""]) : value,
    pull: (gradient, sum) => {
      gradients.set(weight, b.op("Gemm", [gradient, input], { transA: 1 }));
      if (options.bias) gradients.set(bias, b.op("ReduceSum", [gradient, b.int64([0])], { keepdims: 0 }));
      return b.op("Gemm", [gradient, weight, ...(sum === undefined ? [] : [sum])]);
    },
  };
}

/**
 * Rows of the embedding [V, D].
 * @param ids int64 [tokens] @returns [tokens, D]
 */
export function embed(tape: Tape, ids: Value, name: string): { value: Value; pull: (gradient: Value) => void } {
  const { builder: b, gradients, config } = tape;
  return {
    value: b.op("Gather", [name, ids]),
    pull: (gradient) => {
      // Tied embeddings: the head has left its part here.
      const before =
        gradients.get(name) ?? b.op("ConstantOfShape", [b.int64([config.vocabularySize, config.hiddenSize])]);
      const index = b.op("Unsqueeze", [ids, b.int64([1])]);
      gradients.set(name, b.op("ScatterND", [before, index, gradient], { reduction: "add" }));
    },
  };
}

/**
 * Log-probabilities of what follows tokens under softmax(x Eᵀ), and the start of the backward pass.
 * @param hidden [tokens, D] @param pairs int64 [pairs, 2]: a token, and what follows it (ids of the vocabulary; a token may have several)
 * @param name of the head's weight E [V, D]
 * @returns value [pairs]; pull: coefficients [pairs] → gradient of Σ c·log p with respect to hidden
 */
export function logLikelihood(tape: Tape, hidden: Value, pairs: Value, name: string): Differentiable {
  const { builder: b, gradients } = tape;
  const logits = b.op("Gemm", [hidden, name], { transB: 1 });
  const logProbabilities = b.op("LogSoftmax", [logits], { axis: -1 });
  return {
    value: b.op("GatherND", [logProbabilities, pairs]),
    pull: (coefficients) => {
      // ∂ Σ c log p / ∂ logits = Σ c (1[target] − p), the sum over the pairs of the token
      const tokens = b.op("Slice", [pairs, b.int64([0]), b.int64([1]), b.int64([1])]);
      const add = { reduction: "add" };
      const none = b.op("ConstantOfShape", [b.op("Shape", [hidden], { start: 0, end: 1 })]);
      const total = b.op("ScatterND", [none, tokens, coefficients], add);
      const share = b.op("Unsqueeze", [b.op("Neg", [total]), b.int64([1])]);
      const spread = b.op("Mul", [b.op("Exp", [logProbabilities]), share]);
      const gradient = b.op("ScatterND", [spread, pairs, coefficients], add);
      gradients.set(name, b.op("Gemm", [gradient, hidden], { transA: 1 }));
      return b.op("Gemm", [gradient, name]);
    },
  };
}
