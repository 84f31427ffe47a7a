import { availableParallelism } from "node:os";
import { create, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  TensorProto_DataType,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
} from "onnx-buf";
import * as ort from "onnxruntime-node";
import { median } from "./measure.ts";

/** GFLOP/s of a float32 product of two [n, n] matrices with all cores: what no engine of this machine can pass. Best of several medians. */
export async function matmulCeiling(n = 768, rounds = 5): Promise<number> {
  const session = await ort.InferenceSession.create(matmulModel(n), {
    executionProviders: ["cpu"],
    intraOpNumThreads: availableParallelism(),
  });
  const matrix = new ort.Tensor("float32", new Float32Array(n * n).fill(0.5), [n, n]);
  const feeds = { a: matrix, b: matrix };
  await session.run(feeds);
  const speeds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const seconds: number[] = [];
    for (let repeat = 0; repeat < 7; repeat++) {
      const began = performance.now();
      await session.run(feeds);
      seconds.push((performance.now() - began) / 1000);
    }
    speeds.push((2 * n ** 3) / median(seconds) / 1e9);
  }
  await session.release();
  return Math.max(...speeds);
}

/**
 * GB/s (10⁹ bytes) at which all cores read memory: the largest numbers of a matrix far larger than any cache, and its product with a vector;
 * the faster of the two, each the best of several runs.
 */
export async function memoryCeiling(bytes = 2 ** 29, rounds = 9): Promise<number> {
  const [rows, columns] = [4096, bytes / 4 / 4096];
  const matrix = new ort.Tensor("float32", new Float32Array(bytes / 4).fill(1), [rows, columns]);
  const vector = new ort.Tensor("float32", new Float32Array(rows).fill(1), [1, rows]);
  const kernels = [
    { graph: model("ReduceMax", { matrix: [rows, columns] }, [rows, 1], { axes: [-1] }), feeds: { matrix } },
    { graph: model("MatMul", { vector: [1, rows], matrix: [rows, columns] }, [1, columns]), feeds: { vector, matrix } },
  ];
  let best = Infinity;
  for (const { graph, feeds } of kernels) {
    const session = await ort.InferenceSession.create(graph, {
      executionProviders: ["cpu"],
      intraOpNumThreads: availableParallelism(),
    });
    await session.run(feeds);
    for (let round = 0; round < rounds; round++) {
      const began = performance.now();
      await session.run(feeds);
      best = Math.min(best, (performance.now() - began) / 1000);
    }
    await session.release();
  }
  return bytes / best / 1e9;
}

function matmulModel(n: number): Uint8Array {
  const square = [n, n];
  return model("MatMul", { a: square, b: square }, square);
}

/** One node, float32, from inputs by name to `c`. */
function model(
  opType: string,
  inputs: Readonly<Record<string, readonly number[]>>,
  output: readonly number[],
  attributes: Readonly<Record<string, readonly number[]>> = {},
): Uint8Array {
  const value = (name: string, shape: readonly number[]) =>
    create(ValueInfoProtoSchema, {
      name,
      type: create(TypeProtoSchema, {
        value: {
          case: "tensorType",
          value: {
            elemType: TensorProto_DataType.FLOAT,
            shape: create(TensorShapeProtoSchema, {
              dim: shape.map((size) =>
                create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(size) } }),
              ),
            }),
          },
        },
      }),
    });
  const attribute = Object.entries(attributes).map(([name, ints]) =>
    create(AttributeProtoSchema, { name, type: AttributeProto_AttributeType.INTS, ints: ints.map(BigInt) }),
  );
  const graph = create(GraphProtoSchema, {
    name: opType,
    node: [create(NodeProtoSchema, { opType, input: Object.keys(inputs), output: ["c"], attribute })],
    input: Object.entries(inputs).map(([name, shape]) => value(name, shape)),
    output: [value("c", output)],
  });
  const opsetImport = [create(OperatorSetIdProtoSchema, { domain: "", version: 17n })];
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport, graph }));
}
