import type { Value } from "../onnx.ts";
import type { layerTensors } from "../model.ts";
import { linear } from "./linear.ts";
import type { Differentiable, Tape } from "./tape.ts";

/**
 * SwiGLU with the residual: added + W_down (silu(W_gate x) · W_up x).
 * @param input [tokens, D] @param added [tokens, D]
 * @returns pull: the gradient of the result → that of `input` (that of `added` is the result's own)
 */
export function feedForward(
  tape: Tape,
  input: Value,
  names: ReturnType<typeof layerTensors>,
  added: Value,
): Differentiable {
  const { builder: b, config } = tape;
  const bias = config.mlpBias;
  const times = (left: Value, right: Value) => b.op("Mul", [left, right]);
  const gate = linear(tape, input, names.gate, { bias });
  const up = linear(tape, input, names.up, { bias });
  const open = b.op("Sigmoid", [gate.value]);
  const activated = times(gate.value, open);
  const down = linear(tape, times(activated, up.value), names.down, { bias, added });
  return {
    value: down.value,
    pull: (gradient) => {
      const product = down.pull(gradient);
      // silu′(z) = σ + z σ (1 − σ) = σ + silu − silu·σ
      const slope = b.op("Sub", [b.op("Add", [open, activated]), times(activated, open)]);
      const ofUp = up.pull(times(product, activated));
      return gate.pull(times(times(product, up.value), slope), ofUp);
    },
  };
}
