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
 * @param ids int64 [B, S] @returns [B · S, D]; its pull hands back nothing of use, since ids have no gradient
 */
export function embed(tape: Tape, ids: Value, name: string): { value: Value; pull: (gradient: Value) => void } {
  const { builder: b, gradients, config } = tape;
  const flat = b.op("Reshape", [ids, b.int64([-1])]);
  return {
    value: b.op("Gather", [name, flat]),
    pull: (gradient) => {
      // Tied embeddings: the head has left its part here.
      const before =
        gradients.get(name) ?? b.op("ConstantOfShape", [b.int64([config.vocabularySize, config.hiddenSize])]);
      const index = b.op("Unsqueeze", [flat, b.int64([1])]);
      gradients.set(name, b.op("ScatterND", [before, index, gradient], { reduction: "add" }));
    },
  };
}

/**
 * Log-probabilities of the targets under softmax(x Eᵀ), and the start of the backward pass.
 * @param hidden [tokens, D] @param targets int64 [B, S] @param name of the head's weight [V, D]
 * @returns value [tokens, 1]; pull: coefficients [tokens, 1] → gradient of Σ c·log p with respect to hidden
 */
export function logLikelihood(tape: Tape, hidden: Value, targets: Value, name: string): Differentiable {
  const { builder: b, gradients } = tape;
  const logits = b.op("Gemm", [hidden, name], { transB: 1 });
  const logProbabilities = b.op("LogSoftmax", [logits], { axis: -1 });
  const column = b.op("Reshape", [targets, b.int64([-1, 1])]);
  return {
    value: b.op("GatherElements", [logProbabilities, column], { axis: 1 }),
    pull: (coefficients) => {
      // ∂ Σ c log p / ∂ logits = c (1[target] − p)
      const spread = b.op("Mul", [b.op("Exp", [logProbabilities]), b.op("Neg", [coefficients])]);
      const attributes = { axis: 1, reduction: "add" };
      const gradient = b.op("ScatterElements", [spread, column, coefficients], attributes);
      gradients.set(name, b.op("Gemm", [gradient, hidden], { transA: 1 }));
      return b.op("Gemm", [gradient, name]);
    },
  };
}
