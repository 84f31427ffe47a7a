import { availableParallelism } from "node:os";
import { create, toBinary } from "@bufbuild/protobuf";
import {
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

function matmulModel(n: number): Uint8Array {
  const value = (name: string) =>
    create(ValueInfoProtoSchema, {
      name,
      type: create(TypeProtoSchema, {
        value: {
          case: "tensorType",
          value: {
            elemType: TensorProto_DataType.FLOAT,
            shape: create(TensorShapeProtoSchema, {
              dim: [n, n].map((size) =>
                create(TensorShapeProto_DimensionSchema, { value: { case: "dimValue", value: BigInt(size) } }),
              ),
            }),
          },
        },
      }),
    });
  const graph = create(GraphProtoSchema, {
    name: "matmul",
    node: [create(NodeProtoSchema, { opType: "MatMul", input: ["a", "b"], output: ["c"] })],
    input: [value("a"), value("b")],
    output: [value("c")],
  });
  const opsetImport = [create(OperatorSetIdProtoSchema, { domain: "", version: 17n })];
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 8n, opsetImport, graph }));
}
