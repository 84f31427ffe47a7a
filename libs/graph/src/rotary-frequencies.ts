import type { ModelConfig } from "./config.ts";
import type { GraphBuilder, Value } from "./onnx.ts";

type Rotary = Pick<ModelConfig, "headSize" | "ropeTheta" | "ropeScaling">;

/** θ^(−2i/Dh), i = 0 … Dh/2 − 1 (Su et al. 2021, "RoFormer"). */
function plainFrequencies({ headSize, ropeTheta }: Rotary): number[] {
  return Array.from({ length: headSize / 2 }, (_, i) => ropeTheta ** ((-2 * i) / headSize));
}

/**
 * Radians a position, one for each pair of a head's dimensions: those within the first context where they depend on the length of the text.
 * Formulas as in transformers' `modeling_rope_utils`, of the papers named at {@link RopeScaling}.
 */
function rotaryFrequencies(config: Rotary): number[] {
  const plain = plainFrequencies(config);
  const { ropeScaling: scaling } = config;
  switch (scaling.kind) {
    case "default":
    case "dynamic":
      return plain;
    case "linear":
      return plain.map((frequency) => frequency / scaling.factor);
    case "llama3":
      return plain.map((frequency) => {
        const turns = (scaling.originalPositions * frequency) / (2 * Math.PI);
        const { factor, lowFrequencyFactor: low, highFrequencyFactor: high } = scaling;
        const kept = clamp((turns - low) / (high - low));
        return frequency * (kept + (1 - kept) / factor);
      });
    case "yarn":
      return yarn(config, plain, scaling);
    case "longrope":
      return plain.map((frequency, i) => frequency / (scaling.shortFactors[i] ?? 1));
  }
}

/** Kept where a pair turns more than `betaFast` times within the first context, over `factor` below `betaSlow`, a ramp over the pairs between. */
function yarn(
  { headSize, ropeTheta }: Rotary,
  plain: readonly number[],
  scaling: Extract<Rotary["ropeScaling"], { kind: "yarn" }>,
): number[] {
  const pairOf = (turns: number) =>
    (headSize * Math.log(scaling.originalPositions / (turns * 2 * Math.PI))) / (2 * Math.log(ropeTheta));
  const [first, last] = [pairOf(scaling.betaFast), pairOf(scaling.betaSlow)];
  const low = Math.max(scaling.truncate ? Math.floor(first) : first, 0);
  const high = Math.min(scaling.truncate ? Math.ceil(last) : last, headSize - 1);
  const width = high === low ? 0.001 : high - low;
  return plain.map((frequency, i) => {
    const stretched = clamp((i - low) / width);
    return frequency * (1 - stretched + stretched / scaling.factor);
  });
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}

/**
 * Angles [..., Dh/2] of positions float32 [..., 1].
 *
 * Where frequencies depend on the length of the text (`dynamic`, `longrope`), a token turns by those of the text up to and with itself. That is what
 * transformers does when it reads token by token with its cache, and the only reading under which what follows cannot change a token's
 * law; transformers reading a text beyond the first context in one pass turns all its tokens by the whole length.
 */
export function rotaryAngles(b: GraphBuilder, config: Rotary, positions: Value): Value {
  const { ropeScaling: scaling, headSize } = config;
  const frequencies = b.float(rotaryFrequencies(config));
  if (scaling.kind === "dynamic") {
    // θ grows by (s n / m − (s − 1))^(Dh / (Dh − 2)) for a text of n > m tokens: 1 + (n − m) s / m here, as a factor of each frequency.
    const beyond = b.op("Max", [b.op("Sub", [positions, b.float(scaling.originalPositions - 1)]), b.float(0)]);
    const share = b.op("Mul", [beyond, b.float(scaling.factor / scaling.originalPositions)]);
    const exponents = b.float(Array.from({ length: headSize / 2 }, (_, i) => (-2 * i) / (headSize - 2)));
    const growth = b.op("Pow", [b.op("Add", [share, b.float(1)]), exponents]);
    return b.op("Mul", [b.op("Mul", [positions, frequencies]), growth]);
  }
  if (scaling.kind === "longrope") {
    const long = plainFrequencies(config).map((frequency, i) => frequency / (scaling.longFactors[i] ?? 1));
    const within = b.op("Less", [positions, b.float(scaling.originalPositions)]);
    return b.op("Mul", [positions, b.op("Where", [within, frequencies, b.float(long)])]);
  }
  return b.op("Mul", [positions, frequencies]);
}
