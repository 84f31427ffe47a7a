/**
 * A second implementation: a checkpoint's folder as plain ONNX in the layout that transformers.js runs, built node by node from the families'
 * definitions. It reads config.json and safetensors by itself and shares nothing with libs/graph.
 */
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { NodeProto, TensorProto, ValueInfoProto } from "onnx-buf";

interface Config {
  readonly architectures: readonly string[];
  readonly vocab_size: number;
  readonly hidden_size: number;
  readonly num_hidden_layers: number;
  readonly num_attention_heads: number;
  readonly num_key_value_heads: number;
  readonly head_dim?: number;
  readonly rms_norm_eps: number;
  readonly rope_theta: number;
  readonly rope_scaling?: Readonly<Record<string, number | string>> | null;
  readonly tie_word_embeddings?: boolean;
  readonly sliding_window?: number | null;
  readonly use_sliding_window?: boolean;
  readonly max_window_layers?: number;
  readonly no_rope_layers?: readonly number[];
}

/** Writes `<folder>/onnx/model.onnx`; a classifier's `logits` are [batch, length, 1], of every position. */
export async function exportOnnx(folder: string): Promise<void> {
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8")) as Config;
  await mkdir(join(folder, "onnx"), { recursive: true });
  await writeFile(join(folder, "onnx", "model.onnx"), new Export(config, readTensors(folder)).model());
}

interface Weight {
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
}

function readTensors(folder: string): Map<string, Weight> {
  const index = JSON.parse(readFileSync(join(folder, "model.safetensors.index.json"), "utf8")) as {
    weight_map: Record<string, string>;
  };
  const tensors = new Map<string, Weight>();
  for (const [name, file] of Object.entries(index.weight_map)) {
    const bytes = readFileSync(join(folder, file));
    const start = 8 + Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString("utf8", 8, start)) as Record<
      string,
      { dtype: string; shape: number[]; data_offsets: [number, number] }
    >;
    const { dtype, shape, data_offsets: place } = header[name]!;
    const raw = Uint8Array.from(bytes.subarray(start + place[0], start + place[1])).buffer;
    const halves = () => new Uint16Array(raw);
    const data =
      dtype === "F32"
        ? new Float32Array(raw)
        : dtype === "F16"
          ? Float32Array.from(new Float16Array(raw))
          : new Float32Array(Uint32Array.from(halves(), (half) => half * 65_536).buffer);
    tensors.set(name, { shape, data });
  }
  return tensors;
}

class Export {
  readonly #config: Config;
  readonly #weights: ReadonlyMap<string, Weight>;
  readonly #nodes: NodeProto[] = [];
  readonly #constants = new Map<string, TensorProto>();
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];
  #count = 0;

  constructor(config: Config, weights: ReadonlyMap<string, Weight>) {
    this.#config = config;
    this.#weights = weights;
  }

  model(): Uint8Array {
    const c = this.#config;
    const [heads, groups] = [c.num_attention_heads, c.num_key_value_heads];
    const size = c.head_dim ?? c.hidden_size / heads;
    const ids = this.#input("input_ids", "INT64", ["batch", "length"]);
    const attention = this.#input("attention_mask", "INT64", ["batch", "total"]);
    const places = this.#input("position_ids", "INT64", ["batch", "length"]);
    const { cos, sin } = this.#rotation(places, size);

    const total = this.#op("Shape", [attention], { start: 1, end: 2 });
    const length = this.#op("Shape", [ids], { start: 1, end: 2 });
    const keyIndex = this.#op("Range", [this.#ints([0], []), this.#op("Squeeze", [total]), this.#ints([1], [])]);
    const queryIndex = this.#op("Unsqueeze", [
      this.#op("Slice", [keyIndex, this.#op("Sub", [total, length]), total]),
      this.#ints([1]),
    ]);
    const real = this.#op("Unsqueeze", [this.#op("Cast", [attention], { to: 9 }), this.#ints([1, 2])]);
    const distance = this.#op("Sub", [queryIndex, keyIndex]);
    const masks = new Map<number, string>();
    const mask = (window: number) => {
      const causal = this.#op("GreaterOrEqual", [distance, this.#ints([0], [])]);
      const near = this.#op("Less", [distance, this.#ints([window], [])]);
      const seen = this.#op("And", [this.#op("And", [causal, near]), real]);
      const made = this.#op("Where", [seen, this.#floats([0], []), this.#floats([-3e38], [])]);
      masks.set(window, made);
      return made;
    };

    let x = this.#op("Gather", [this.#weight("model.embed_tokens.weight"), ids]);
    for (let n = 0; n < c.num_hidden_layers; n++) {
      const at = `model.layers.${n}`;
      const h = this.#norm(x, `${at}.input_layernorm.weight`);
      const split = (kind: string, count: number) => {
        const flat = this.#linear(h, `${at}.self_attn.${kind}_proj`);
        const byHead = this.#op("Reshape", [flat, this.#ints([0, 0, count, size])]);
        const norm = `${at}.self_attn.${kind}_norm.weight`;
        return this.#op("Transpose", [this.#weights.has(norm) ? this.#norm(byHead, norm) : byHead], {
          perm: [0, 2, 1, 3],
        });
      };
      const turned = (parts: string) =>
        c.no_rope_layers?.[n] === 0
          ? parts
          : this.#op("Add", [this.#op("Mul", [parts, cos]), this.#op("Mul", [this.#rotateHalf(parts, size / 2), sin])]);
      const past = ["key", "value"].map((kind) =>
        this.#input(`past_key_values.${n}.${kind}`, "FLOAT", ["batch", groups, "past", size]),
      );
      const key = this.#op("Concat", [past[0]!, turned(split("k", groups))], { axis: 2 });
      const value = this.#op("Concat", [past[1]!, split("v", groups)], { axis: 2 });
      this.#output(`present.${n}.key`, key, ["batch", groups, "total", size]);
      this.#output(`present.${n}.value`, value, ["batch", groups, "total", size]);
      // repeat_kv: every key/value head once for each query head of its group.
      const repeated = (parts: string) => {
        const order = Array.from({ length: heads }, (_, head) => Math.floor(head / (heads / groups)));
        return this.#op("Gather", [parts, this.#ints(order)], { axis: 1 });
      };
      const keys = this.#op("Transpose", [repeated(key)], { perm: [0, 1, 3, 2] });
      const products = this.#op("MatMul", [turned(split("q", heads)), keys]);
      const scores = this.#op("Div", [products, this.#floats([Math.sqrt(size)], [])]);
      const window = this.#window(n);
      const weights = this.#op("Softmax", [this.#op("Add", [scores, masks.get(window) ?? mask(window)])], { axis: -1 });
      const mixed = this.#op("Transpose", [this.#op("MatMul", [weights, repeated(value)])], { perm: [0, 2, 1, 3] });
      const context = this.#op("Reshape", [mixed, this.#ints([0, 0, heads * size])]);
      x = this.#op("Add", [x, this.#linear(context, `${at}.self_attn.o_proj`)]);
      const inner = this.#norm(x, `${at}.post_attention_layernorm.weight`);
      const gate = this.#linear(inner, `${at}.mlp.gate_proj`);
      const gated = this.#op("Mul", [gate, this.#op("Sigmoid", [gate])]);
      const product = this.#op("Mul", [gated, this.#linear(inner, `${at}.mlp.up_proj`)]);
      x = this.#op("Add", [x, this.#linear(product, `${at}.mlp.down_proj`)]);
    }
    const hidden = this.#norm(x, "model.norm.weight");
    const classifier = this.#weights.has("score.weight");
    const head = classifier ? "score" : this.#weights.has("lm_head.weight") ? "lm_head" : "model.embed_tokens";
    this.#output("logits", this.#linear(hidden, head), ["batch", "length", classifier ? 1 : c.vocab_size]);
    const graph = create(GraphProtoSchema, {
      name: "export",
      node: this.#nodes,
      input: this.#inputs,
      output: this.#outputs,
      initializer: [...this.#constants.values()],
    });
    const opsetImport = [create(OperatorSetIdProtoSchema, { domain: "", version: 18n })];
    return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport, graph }));
  }

  #window(layer: number): number {
    const c = this.#config;
    const family = c.architectures[0]!;
    if (family.startsWith("Mistral")) return c.sliding_window ?? 1e6;
    const slides = family.startsWith("Qwen") && c.use_sliding_window === true && layer >= c.max_window_layers!;
    return slides ? c.sliding_window! : 1e6;
  }

  /** Tables [batch, 1, length, size], each half of the head turned by the same angles. */
  #rotation(places: string, size: number): { cos: string; sin: string } {
    const inverse = Array.from({ length: size / 2 }, (_, i) => this.#config.rope_theta ** -((2 * i) / size));
    const column = this.#op("Unsqueeze", [this.#op("Cast", [places], { to: 1 }), this.#ints([1, 3])]);
    const angles = this.#op("Mul", [column, this.#floats(inverse.map((f) => this.#llama3(f)))]);
    const both = this.#op("Concat", [angles, angles], { axis: -1 });
    return { cos: this.#op("Cos", [both]), sin: this.#op("Sin", [both]) };
  }

  /** Llama 3.1's scaling by wavelength. */
  #llama3(frequency: number): number {
    const scaling = this.#config.rope_scaling;
    if (scaling?.["rope_type"] !== "llama3") return frequency;
    const [factor, low, high, original] = [
      "factor",
      "low_freq_factor",
      "high_freq_factor",
      "original_max_position_embeddings",
    ].map((name) => Number(scaling[name])) as [number, number, number, number];
    const wavelength = (2 * Math.PI) / frequency;
    if (wavelength < original / high) return frequency;
    if (wavelength > original / low) return frequency / factor;
    const smooth = (original / wavelength - low) / (high - low);
    return ((1 - smooth) * frequency) / factor + smooth * frequency;
  }

  #rotateHalf(heads: string, half: number): string {
    const slice = (from: number, to: number) =>
      this.#op("Slice", [heads, this.#ints([from]), this.#ints([to]), this.#ints([-1])]);
    return this.#op("Concat", [this.#op("Neg", [slice(half, 2 * half)]), slice(0, half)], { axis: -1 });
  }

  #norm(x: string, weight: string): string {
    const mean = this.#op("ReduceMean", [this.#op("Pow", [x, this.#floats([2], [])]), this.#ints([-1])]);
    const root = this.#op("Sqrt", [this.#op("Add", [mean, this.#floats([this.#config.rms_norm_eps], [])])]);
    return this.#op("Mul", [this.#op("Div", [x, root]), this.#weight(weight)]);
  }

  #linear(x: string, name: string): string {
    const product = this.#op("MatMul", [x, this.#op("Transpose", [this.#weight(`${name}.weight`)], { perm: [1, 0] })]);
    const bias = `${name}.bias`;
    return this.#weights.has(bias) ? this.#op("Add", [product, this.#weight(bias)]) : product;
  }

  #op(
    opType: string,
    input: readonly string[],
    attributes: Readonly<Record<string, number | readonly number[]>> = {},
  ): string {
    const output = `v${this.#count++}`;
    const attribute = Object.entries(attributes).map(([name, value]) =>
      typeof value === "number"
        ? create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) })
        : create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) }),
    );
    this.#nodes.push(create(NodeProtoSchema, { opType, input: [...input], output: [output], attribute }));
    return output;
  }

  #weight(name: string): string {
    const { shape, data } = this.#weights.get(name)!;
    return this.#constant(name, TensorProto_DataType.FLOAT, shape, data);
  }

  #floats(values: readonly number[], shape: readonly number[] = [values.length]): string {
    return this.#constant(
      `f${shape.length}:${values.join()}`,
      TensorProto_DataType.FLOAT,
      shape,
      new Float32Array(values),
    );
  }

  #ints(values: readonly number[], shape: readonly number[] = [values.length]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.#constant(`i${shape.length}:${values.join()}`, TensorProto_DataType.INT64, shape, data);
  }

  #constant(
    name: string,
    dataType: TensorProto_DataType,
    shape: readonly number[],
    data: Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>,
  ): string {
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (!this.#constants.has(name))
      this.#constants.set(name, create(TensorProtoSchema, { name, dataType, dims: shape.map(BigInt), rawData }));
    return name;
  }

  #input(name: string, type: "FLOAT" | "INT64", shape: readonly (number | string)[]): string {
    this.#inputs.push(valueInfo(name, TensorProto_DataType[type], shape));
    return name;
  }

  #output(name: string, value: string, shape: readonly (number | string)[]): void {
    this.#nodes.push(create(NodeProtoSchema, { opType: "Identity", input: [value], output: [name] }));
    this.#outputs.push(valueInfo(name, TensorProto_DataType.FLOAT, shape));
  }
}

function valueInfo(name: string, elemType: TensorProto_DataType, shape: readonly (number | string)[]): ValueInfoProto {
  const dim = shape.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof size === "number" ? { case: "dimValue", value: BigInt(size) } : { case: "dimParam", value: size },
    }),
  );
  const tensor = { elemType, shape: create(TensorShapeProtoSchema, { dim }) };
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } }),
  });
}
