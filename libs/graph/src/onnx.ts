import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import type { AttributeProto, GraphProto, NodeProto, TensorProto, ValueInfoProto } from "onnx-buf";

/** The name of a tensor inside a graph. Values of an outer graph may be used in the graphs inside it. */
export type Value = string;

export type ElementType = "float" | "int32" | "int64" | "bool" | "float16" | "bfloat16";

/** A dimension: its size, or a name for a size known only when the graph runs. */
export type Dimension = number | string;

export type Attribute = number | bigint | string | readonly number[] | { readonly float: number };

export interface LoopState {
  readonly value: Value;
  readonly type: ElementType;
}

export interface LoopBody {
  /** Whether to go on; must be a bool scalar. */
  readonly condition: Value;
  readonly states: readonly Value[];
  readonly scans: readonly LoopState[];
}

/** Wire numbers of element types, as `Cast` takes them. */
export const elementTypes: Readonly<Record<ElementType, number>> = {
  float: TensorProto_DataType.FLOAT,
  int32: TensorProto_DataType.INT32,
  int64: TensorProto_DataType.INT64,
  bool: TensorProto_DataType.BOOL,
  float16: TensorProto_DataType.FLOAT16,
  bfloat16: TensorProto_DataType.BFLOAT16,
};

const operatorSet = 21n;
const intermediateRepresentation = 10n;
const encoder = new TextEncoder();

interface Registry {
  next: number;
  readonly initializers: TensorProto[];
  readonly constants: Map<string, Value>;
}

/**
 * One ONNX graph under construction: the main graph, or the body of a loop inside another one.
 * Constants and weights always go to the main graph, where a loop's body finds them as outer values.
 */
export class GraphBuilder {
  readonly #registry: Registry;
  readonly #nodes: NodeProto[] = [];
  /** Outputs of this graph's own nodes. */
  readonly #made = new Set<Value>();
  readonly #inputs: ValueInfoProto[] = [];
  readonly #outputs: ValueInfoProto[] = [];

  constructor(outer?: GraphBuilder) {
    this.#registry = outer ? outer.#registry : { next: 0, initializers: [], constants: new Map() };
  }

  #fresh(stem: string): Value {
    return `${stem}_${this.#registry.next++}`;
  }

  /** Adds a node with one output. */
  op(type: string, inputs: readonly Value[], attributes: Readonly<Record<string, Attribute>> = {}): Value {
    const output = this.#fresh(type);
    this.#add(type, "", inputs, [output], attributes);
    return output;
  }

  /** Adds a node with several outputs. */
  ops(
    type: string,
    inputs: readonly Value[],
    count: number,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const outputs = Array.from({ length: count }, () => this.#fresh(type));
    this.#add(type, "", inputs, outputs, attributes);
    return outputs;
  }

  /** Adds a node of ONNX Runtime's own domain `com.microsoft`; an output named false is left out. */
  contrib(
    type: string,
    inputs: readonly Value[],
    outputs: readonly boolean[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value[] {
    const names = outputs.map((wanted) => (wanted ? this.#fresh(type) : ""));
    this.#add(type, "com.microsoft", inputs, names, attributes);
    return names;
  }

  #add(
    type: string,
    domain: string,
    inputs: readonly Value[],
    outputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>>,
  ): void {
    const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value));
    for (const output of outputs) this.#made.add(output);
    this.#nodes.push(
      create(NodeProtoSchema, {
        opType: type,
        domain,
        input: [...inputs],
        output: [...outputs],
        name: this.#fresh(`n${type}`),
        attribute,
      }),
    );
  }

  /** Gives a value a chosen name. */
  named(value: Value, name: string): Value {
    this.#add("Identity", "", [value], [name], {});
    return name;
  }

  input(name: string, type: ElementType, shape: readonly Dimension[]): Value {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** Declares an output of the main graph under the given name. */
  output(name: string, value: Value, type: ElementType, shape: readonly Dimension[]): void {
    this.named(value, name);
    this.#outputs.push(valueInfo(name, type, shape));
  }

  float(values: number | readonly number[], shape?: readonly number[]): Value {
    const data = typeof values === "number" ? [values] : values;
    return this.#constant("float", shape ?? (typeof values === "number" ? [] : [data.length]), new Float32Array(data));
  }

  int64(values: number | readonly number[], shape?: readonly number[]): Value {
    const data = typeof values === "number" ? [values] : values;
    return this.#constant(
      "int64",
      shape ?? (typeof values === "number" ? [] : [data.length]),
      new BigInt64Array(data.map((value) => BigInt(value))),
    );
  }

  int32(value: number): Value {
    return this.#constant("int32", [], new Int32Array([value]));
  }

  bool(value: boolean): Value {
    return this.#constant("bool", [], new Uint8Array([value ? 1 : 0]));
  }

  #constant(type: ElementType, shape: readonly number[], data: ArrayBufferView<ArrayBuffer>): Value {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const key = `${type}|${shape.join("x")}|${bytes.join(",")}`;
    const known = this.#registry.constants.get(key);
    if (known !== undefined) return known;
    const name = this.#fresh("c");
    this.#registry.constants.set(key, name);
    this.#registry.initializers.push(
      create(TensorProtoSchema, { name, dataType: elementTypes[type], dims: shape.map(BigInt), rawData: bytes }),
    );
    return name;
  }

  /** A tensor whose bytes stay where they are: `length` bytes of the file `location` from `offset` on. */
  external(
    name: string,
    type: ElementType,
    shape: readonly number[],
    bytes: { readonly location: string; readonly offset: number; readonly length: number },
  ): Value {
    const entry = (key: string, value: string) => create(StringStringEntryProtoSchema, { key, value });
    this.#registry.initializers.push(
      create(TensorProtoSchema, {
        name,
        dataType: elementTypes[type],
        dims: shape.map(BigInt),
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [
          entry("location", bytes.location),
          entry("offset", String(bytes.offset)),
          entry("length", String(bytes.length)),
        ],
      }),
    );
    return name;
  }

  /**
   * A `Loop`: runs `body` at most `trips` times while its condition holds.
   * @returns the final states, then the scan outputs (stacked on a new first axis)
   */
  loop(
    trips: Value,
    condition: Value,
    states: readonly LoopState[],
    body: (inner: GraphBuilder, iteration: Value, states: readonly Value[]) => LoopBody,
  ): { states: Value[]; scans: Value[] } {
    const inner = new GraphBuilder(this);
    const iteration = inner.input(this.#fresh("iteration"), "int64", []);
    inner.input(this.#fresh("going"), "bool", []);
    const carried = states.map((state) => inner.#declare(this.#fresh("state"), state.type, inner.#inputs));
    const result = body(inner, iteration, carried);
    const given = new Set<Value>();
    const out = (value: Value, type: ElementType) => {
      // A body may not hand through its inputs or outer values, nor one value twice; a copy of anything else would be wasted.
      const direct = inner.#made.has(value) && !given.has(value);
      given.add(value);
      inner.#declare(direct ? value : inner.op("Identity", [value]), type, inner.#outputs);
    };
    out(result.condition, "bool");
    result.states.forEach((value, index) => out(value, states[index]?.type ?? "float"));
    for (const scan of result.scans) out(scan.value, scan.type);
    const outputs = [...states, ...result.scans].map(() => this.#fresh("Loop"));
    for (const output of outputs) this.#made.add(output);
    this.#nodes.push(
      create(NodeProtoSchema, {
        opType: "Loop",
        name: this.#fresh("nLoop"),
        input: [trips, condition, ...states.map((state) => state.value)],
        output: outputs,
        attribute: [
          create(AttributeProtoSchema, {
            name: "body",
            type: AttributeProto_AttributeType.GRAPH,
            g: inner.#graph("body"),
          }),
        ],
      }),
    );
    return { states: outputs.slice(0, states.length), scans: outputs.slice(states.length) };
  }

  #declare(name: Value, type: ElementType, list: ValueInfoProto[]): Value {
    list.push(valueInfo(name, type));
    return name;
  }

  #graph(name: string): GraphProto {
    return create(GraphProtoSchema, { name, node: this.#nodes, input: this.#inputs, output: this.#outputs });
  }

  /** The finished model. Two equal sequences of calls give equal bytes, so that their hash can be part of a key. */
  toBytes(name: string): Uint8Array {
    const graph = this.#graph(name);
    graph.initializer = this.#registry.initializers;
    const opset = (domain: string, version: bigint) => create(OperatorSetIdProtoSchema, { domain, version });
    return toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: intermediateRepresentation,
        producerName: "touchstone",
        opsetImport: [opset("", operatorSet), opset("com.microsoft", 1n)],
        graph,
      }),
    );
  }
}

function valueInfo(name: string, type: ElementType, shape?: readonly Dimension[]): ValueInfoProto {
  const dim = shape?.map((size) =>
    create(TensorShapeProto_DimensionSchema, {
      value: typeof size === "number" ? { case: "dimValue", value: BigInt(size) } : { case: "dimParam", value: size },
    }),
  );
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, {
      value: {
        case: "tensorType",
        value: { elemType: elementTypes[type], ...(dim && { shape: create(TensorShapeProtoSchema, { dim }) }) },
      },
    }),
  });
}

function attributeOf(name: string, value: Attribute): AttributeProto {
  if (typeof value === "string")
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.STRING, s: encoder.encode(value) });
  if (typeof value === "number" || typeof value === "bigint")
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INT, i: BigInt(value) });
  if ("float" in value)
    return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.FLOAT, f: value.float });
  return create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: value.map(BigInt) });
}
