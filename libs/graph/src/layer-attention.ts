import type { Family } from "./families.ts";
import { invalid, unsupported } from "./unsupported.ts";

/** What the tokens of one layer attend to. */
export interface LayerAttention {
  /** A token looks at itself and the `window − 1` tokens before it; null: at all before it. */
  readonly window: number | null;
  /** Whether queries and keys are turned by their positions. */
  readonly rotary: boolean;
}

interface Fields {
  readonly num_hidden_layers: number;
  readonly sliding_window?: number | null | undefined;
  readonly use_sliding_window?: boolean | null | undefined;
  readonly max_window_layers?: number | null | undefined;
  readonly layer_types?: readonly string[] | null | undefined;
  readonly no_rope_layers?: readonly number[] | null | undefined;
  readonly no_rope_layer_interval?: number | null | undefined;
}

/** What transformers' Qwen2 and Qwen3 take for a field that is left out. */
const qwen = { window: 4096, fullLayers: 28 } as const;
/** Mistral 7B v0.1's window, its configuration's default; later models say null. */
const mistralWindow = 4096;
/** SmolLM3: every fourth layer knows no positions. */
const interval = 4;

/** @throws TouchstoneError `unsupported-model` for another kind of layer, `invalid-model` for lists of another length */
export function layerAttention(family: Family, raw: Fields): LayerAttention[] {
  const kinds = kindsOf(raw);
  const layers = Array.from({ length: raw.num_hidden_layers }, (_, layer) => layer);
  const full = { window: null, rotary: true };
  if (family === "llama") {
    if (typeof raw.sliding_window === "number")
      throw unsupported("sliding_window", raw.sliding_window, "full attention in models of Llama's layout");
    refuseMixed(kinds, "full_attention");
    return layers.map(() => full);
  }
  if (family === "mistral") {
    const window = raw.sliding_window === undefined ? mistralWindow : raw.sliding_window;
    refuseMixed(kinds, window === null ? "full_attention" : "sliding_attention");
    return layers.map(() => ({ window, rotary: true }));
  }
  const rotary = layers.map((layer) => family !== "smollm3" || isTurned(raw, layer));
  const slides = (layer: number) => {
    if (kinds !== undefined) return kinds[layer] === "sliding_attention";
    return family === "smollm3" ? rotary[layer] === false : layer >= (raw.max_window_layers ?? qwen.fullLayers);
  };
  const given =
    family === "smollm3" ? raw.sliding_window : raw.sliding_window === undefined ? qwen.window : raw.sliding_window;
  const window = raw.use_sliding_window === true ? (given ?? null) : null;
  return layers.map((layer) => ({ window: slides(layer) ? window : null, rotary: rotary[layer] ?? true }));
}

function kindsOf({ layer_types: kinds, num_hidden_layers: layers }: Fields): readonly string[] | undefined {
  if (kinds === undefined || kinds === null) return undefined;
  if (kinds.length !== layers)
    throw invalid(`layer_types must have an entry for each of ${layers} layers`, kinds.length);
  const other = kinds.find((kind) => kind !== "full_attention" && kind !== "sliding_attention");
  if (other !== undefined) throw unsupported("layer_types", other, "full_attention, sliding_attention");
  return kinds;
}

function refuseMixed(kinds: readonly string[] | undefined, only: string): void {
  const other = kinds?.find((kind) => kind !== only);
  if (other !== undefined) throw unsupported("layer_types", other, `${only} in all layers of this architecture`);
}

function isTurned(raw: Fields, layer: number): boolean {
  const list = raw.no_rope_layers;
  // Despite its name, 1 in the list is a layer that is turned.
  if (list === undefined || list === null) return (layer + 1) % (raw.no_rope_layer_interval ?? interval) !== 0;
  if (list.length < raw.num_hidden_layers)
    throw invalid(`no_rope_layers must have an entry for each of ${raw.num_hidden_layers} layers`, list.length);
  return list[layer] !== 0;
}
