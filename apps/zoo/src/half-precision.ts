import { writeSafetensors } from "@touchstone/training";
import type { Weights } from "@touchstone/training";

/** Writes weights as a safetensors file of F16 tensors, each number rounded to the nearest. */
export function writeHalfSafetensors(path: string, weights: Weights): Promise<void> {
  return writeSafetensors(path, weights, {}, "F16");
}
