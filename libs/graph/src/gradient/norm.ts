import type { Value } from "../onnx.ts";
import type { Tape } from "./tape.ts";

/**
 * RMSNorm: y = g·x̂ with x̂ = r·x and r = 1/√(mean(x²) + ε).
 * @param input [tokens, D] @param gain name of g [D]
 * @returns pull: the gradient of y, and what to add to the result (the gradient that reaches x on the residual stream) → that of x:
 *   r·(g·dy − x̂·mean(g·dy·x̂))
 */
export function norm(
  tape: Tape,
  input: Value,
  gain: string,
): { value: Value; pull: (gradient: Value, sum?: Value) => Value } {
  const { builder: b, gradients } = tape;
  const { normed, inverse } = normalize(tape, input);
  return {
    value: b.op("Mul", [normed, gain]),
    pull: (gradient, sum) => {
      gradients.set(gain, b.op("ReduceSum", [b.op("Mul", [gradient, normed]), b.int64([0])], { keepdims: 0 }));
      const scaled = b.op("Mul", [gradient, gain]);
      const along = b.op("ReduceMean", [b.op("Mul", [scaled, normed]), b.int64([-1])]);
      const across = b.op("Sub", [scaled, b.op("Mul", [normed, along])]);
      const result = b.op("Mul", [across, inverse]);
      return sum === undefined ? result : b.op("Add", [result, sum]);
    },
  };
}

/** x̂ [tokens, D] and r [tokens, 1]. */
function normalize(tape: Tape, input: Value): { normed: Value; inverse: Value } {
  const { builder: b, config, emit } = tape;
  const epsilon = config.rmsNormEpsilon;
  if (emit === "fused") {
    const ones = b.float(Array.from({ length: config.hiddenSize }, () => 1));
    const attributes = { axis: -1, epsilon: { float: epsilon }, stash_type: 1 };
    const [normed = "", inverse = ""] = b.ops("SimplifiedLayerNormalization", [input, ones], 2, attributes);
    return { normed, inverse };
  }
  const square = b.op("ReduceMean", [b.op("Mul", [input, input]), b.int64([-1])]);
  const inverse = b.op("Reciprocal", [b.op("Sqrt", [b.op("Add", [square, b.float(epsilon)])])]);
  return { normed: b.op("Mul", [input, inverse]), inverse };
}
