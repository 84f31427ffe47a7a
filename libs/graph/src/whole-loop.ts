import { decodeStep } from "./decode.ts";
import { cacheOf, cacheStates, emptyBlock } from "./loop-start.ts";
import type { LoopStart } from "./loop-start.ts";
import type { GraphBuilder, LoopState } from "./onnx.ts";
import { drawAndRecord, finishRecord } from "./record.ts";
import type { DrawnRecord } from "./record.ts";
import { packCache, untransposed } from "./resume.ts";

/** One loop over steps. Every row is carried until all have ended. */
export function wholeLoop(b: GraphBuilder, start: LoopStart): DrawnRecord {
  const { transformer, sampling } = start;
  const { layers, vocabularySize } = transformer.config;
  const empty = emptyBlock(b, transformer, start.rows);
  const width = b.op("Concat", [start.rows, b.int64([vocabularySize])], { axis: 0 });
  const column = b.op("Concat", [start.rows, b.int64([1])], { axis: 0 });
  const states: LoopState[] = [
    { value: b.op("Expand", [start.logits, width]), type: "float" },
    { value: b.op("ConstantOfShape", [column]), type: "float" },
    ...cacheStates(Array.from({ length: layers }, () => empty)),
  ];
  const rowHeads = b.op("Expand", [start.heads, b.op("Concat", [start.rows, b.int64([1])], { axis: 0 })]);
  const { states: last, scans } = b.loop(
    b.op("Squeeze", [start.steps]),
    b.bool(true),
    states,
    (inner, iteration, carried) => {
      const [logits = "", ended = "", ...cache] = carried;
      const uniforms = inner.op("Gather", [start.uniforms, iteration], { axis: 0 });
      const { tokens, scans: handedOut } = drawAndRecord(inner, sampling, logits, uniforms);
      const isEnd = inner.op("Cast", [inner.op("Equal", [tokens, start.endIds])], { to: 1 });
      const nowEnded = inner.op("Max", [ended, inner.op("ReduceMax", [isEnd, inner.int64([1])])]);
      const anyOpen = inner.op("Less", [inner.op("ReduceMin", [nowEnded], { keepdims: 0 }), inner.float(1)]);
      const step = decodeStep(inner, transformer, tokens, {
        ...start,
        positions: inner.op("Mul", [rowHeads, inner.op("Add", [start.promptTokens, iteration])]),
        past: [cacheOf(cache)],
      });
      return {
        condition: anyOpen,
        states: [step.logits, nowEnded, ...step.appended.flatMap(({ key, value }) => [key, value])],
        scans: handedOut,
      };
    },
  );
  const record = finishRecord(b, sampling, scans);
  if (start.keepsCache !== true) return record;
  const drawn = packCache(b, transformer, untransposed(b, transformer, cacheOf(last.slice(2))));
  return { ...record, cache: b.op("Unsqueeze", [drawn, b.int64([0])]) };
}
