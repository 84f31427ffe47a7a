import { decodeStep, keyTokenAxis } from "./decode.ts";
import type { KeyValue, PromptCache } from "./decode.ts";
import { cacheOf, cacheStates, emptyBlock } from "./loop-start.ts";
import type { LoopStart } from "./loop-start.ts";
import type { GraphBuilder, LoopState, Value } from "./onnx.ts";
import { drawAndRecord, finishRecord } from "./record.ts";
import type { DrawnRecord } from "./record.ts";
import { cacheWidth, packCache, untransposed } from "./resume.ts";

/** Steps between two flushes, at most. Of 8, 16 and 32, 8 was fastest for lengths around 40, and as fast as 16 for full ones. */
export const flushEvery = 8;

/**
 * Two loops. The inner one runs a fixed number of steps, appending to a small block of keys and values; the outer one then drops
 * the rows that have ended and joins the block to those before. Rows are independent of each other, so dropping some changes the
 * others only by what matrix kernels round differently for another number of rows.
 * The inner loop never stops early: ONNX Runtime rejects stacked outputs of unequal length. The steps are spread evenly over the
 * flushes, so that at most one step per flush is run beyond the limit; its results are cut off.
 */
export function compactLoop(b: GraphBuilder, start: LoopStart): DrawnRecord {
  const { transformer, sampling } = start;
  const { layers, vocabularySize } = transformer.config;
  const ceilDivide = (value: Value, divisor: Value) =>
    b.op("Div", [b.op("Sub", [b.op("Add", [value, divisor]), b.int64([1])]), divisor]);
  const flushes = ceilDivide(start.steps, b.int64([flushEvery]));
  const interval = ceilDivide(start.steps, flushes);
  const rounded = b.op("Mul", [flushes, interval]);
  const surplus = b.op("Sub", [rounded, start.steps]);
  const pads = b.op("Concat", [b.int64([0, 0, 0]), surplus, b.int64([0, 0])], { axis: 0 });
  const uniforms = b.op("Pad", [start.uniforms, pads]);
  const width = b.op("Concat", [start.rows, b.int64([vocabularySize])], { axis: 0 });
  const all = atLeastTwo(b, b.op("Range", [b.int64(0), b.op("Squeeze", [start.rows]), b.int64(1)]));
  const empty = emptyBlock(b, transformer, b.op("Shape", [all]));
  const states: LoopState[] = [
    { value: all, type: "int64" },
    { value: b.op("Gather", [b.op("Expand", [start.logits, width]), all], { axis: 0 }), type: "float" },
    ...cacheStates(Array.from({ length: layers }, () => empty)),
  ];
  let packed: Value[] = [];
  const { scans } = b.loop(b.op("Squeeze", [flushes]), b.bool(true), states, (outer, flush, carried) => {
    const [kept = "", logits = "", ...cache] = carried;
    const older = cacheOf(cache);
    const first = outer.op("Mul", [flush, interval]);
    const rows = outer.op("Shape", [kept]);
    const block = innerLoop(outer, start, {
      interval,
      logits,
      older,
      rows,
      first,
      ...promptOf(outer, start, kept),
      uniforms: outer.op("Gather", [uniforms, kept], { axis: 1 }),
    });
    const record = finishRecord(outer, sampling, block.scans);
    const alive = stillOpen(outer, record.tokens, start.endIds);
    const select = (value: Value, axis: number) => outer.op("Gather", [value, alive], { axis });
    const joined = older.map((past, layer) => {
      const recent = block.cache[layer] ?? past;
      return {
        key: select(outer.op("Concat", [past.key, recent.key], { axis: keyTokenAxis(transformer) }), 1),
        value: select(outer.op("Concat", [past.value, recent.value], { axis: 2 }), 1),
      };
    });
    packed = [record.tokens, record.logProbability, record.decodingLogProbability, ...record.measures];
    return {
      condition: outer.op("Greater", [outer.op("Size", [alive]), outer.int64(0)]),
      states: [select(kept, 0), select(block.logits, 0), ...joined.flatMap(({ key, value }) => [key, value])],
      scans: [
        { value: fullWidth(outer, packed, kept, start.rows, interval), type: "float" },
        ...(start.keepsCache === true
          ? [{ value: drawnCache(outer, start, block.cache, kept, interval), type: "float" as const }]
          : []),
      ],
    };
  });
  const record = unpack(b, scans[0] ?? "", packed.length, start);
  return scans[1] === undefined ? record : { ...record, cache: scans[1] };
}

function innerLoop(
  b: GraphBuilder,
  start: LoopStart,
  block: {
    interval: Value;
    logits: Value;
    older: readonly KeyValue[];
    rows: Value;
    /** int64 [1]: steps already done. */
    first: Value;
    prompt: PromptCache;
    promptTokens: Value;
    uniforms: Value;
  },
): { scans: Value[]; logits: Value; cache: KeyValue[] } {
  const { transformer, sampling } = start;
  const empty = emptyBlock(b, transformer, block.rows);
  const states: LoopState[] = [{ value: block.logits, type: "float" }, ...cacheStates(block.older.map(() => empty))];
  const rowHeads = b.op("Expand", [start.heads, b.op("Concat", [block.rows, b.int64([1])], { axis: 0 })]);
  const position = b.op("Add", [block.promptTokens, block.first]);
  const result = b.loop(b.op("Squeeze", [block.interval]), b.bool(true), states, (inner, iteration, carried) => {
    const [logits = "", ...cache] = carried;
    const step = inner.op("Add", [block.first, iteration]);
    const uniforms = inner.op("Squeeze", [inner.op("Gather", [block.uniforms, step], { axis: 0 }), inner.int64([0])]);
    const { tokens, scans } = drawAndRecord(inner, sampling, logits, uniforms);
    const next = decodeStep(inner, transformer, tokens, {
      tables: start.tables,
      prompt: block.prompt,
      positions: inner.op("Mul", [rowHeads, inner.op("Add", [position, iteration])]),
      past: [block.older, cacheOf(cache)],
    });
    return {
      condition: inner.bool(true),
      states: [next.logits, ...next.appended.flatMap(({ key, value }) => [key, value])],
      scans,
    };
  });
  const [logits = "", ...cache] = result.states;
  return { scans: result.scans, logits, cache: cacheOf(cache) };
}

/** The prompt for the rows still carried: itself when they share it, their part of it when each has its own. */
function promptOf(b: GraphBuilder, { prompt, promptTokens }: LoopStart, kept: Value) {
  if (prompt.kind === "shared") return { prompt, promptTokens };
  const select = (value: Value, axis: number) => b.op("Gather", [value, kept], { axis });
  const layers = prompt.layers.map(({ key, value }) => ({ key: select(key, 1), value: select(value, 1) }));
  const positions = prompt.positions !== undefined && { positions: select(prompt.positions, 0) };
  return {
    prompt: { ...prompt, layers, mask: select(prompt.mask, 1), ...positions },
    promptTokens: select(promptTokens, 0),
  };
}

/** Indices (among the rows still carried) of those that have not drawn an end token in this block: int64 [alive]. */
function stillOpen(b: GraphBuilder, tokens: Value, endIds: Value): Value {
  const ends = b.op("Cast", [b.op("Equal", [tokens, endIds])], { to: 1 });
  const ended = b.op("ReduceMax", [ends, b.int64([0, 2])], { keepdims: 0 });
  return atLeastTwo(b, b.op("Squeeze", [b.op("NonZero", [b.op("Less", [ended, b.float(1)])]), b.int64([0])]));
}

/**
 * Names a single row twice; other lists stay as they are.
 * For one row ONNX Runtime takes a matrix-vector kernel that sums in another order than the kernel for several rows, whose results
 * do not depend on their number. With two copies, what a row draws depends neither on the rows it is drawn with nor on when those
 * end, to the last bit.
 */
function atLeastTwo(b: GraphBuilder, rows: Value): Value {
  const count = b.op("Size", [rows]);
  const isOne = b.op("Cast", [b.op("Equal", [count, b.int64(1)])], { to: 7 });
  const places = b.op("Range", [b.int64(0), b.op("Add", [count, isOne]), b.int64(1)]);
  return b.op("Gather", [rows, b.op("Min", [places, b.op("Sub", [count, b.int64(1)])])]);
}

/** Columns [I, R', 1] of the rows carried → [R, I, columns], zero for the rows dropped before. */
function fullWidth(b: GraphBuilder, columns: readonly Value[], kept: Value, rows: Value, interval: Value): Value {
  const floats = columns.map((column, index) => (index === 0 ? b.op("Cast", [column], { to: 1 }) : column));
  const byRow = b.op("Transpose", [b.op("Concat", floats, { axis: 2 })], { perm: [1, 0, 2] });
  const shape = b.op("Concat", [rows, interval, b.int64([columns.length])], { axis: 0 });
  return b.op("ScatterND", [b.op("ConstantOfShape", [shape]), b.op("Unsqueeze", [kept, b.int64([1])]), byRow]);
}

/** The block's keys and values, [R, I, W]; zero for the rows dropped before. */
function drawnCache(
  b: GraphBuilder,
  { transformer, rows }: LoopStart,
  block: readonly KeyValue[],
  kept: Value,
  interval: Value,
): Value {
  const packed = packCache(b, transformer, untransposed(b, transformer, block));
  const shape = b.op("Concat", [rows, interval, b.int64([cacheWidth(transformer.config)])], { axis: 0 });
  return b.op("ScatterND", [b.op("ConstantOfShape", [shape]), b.op("Unsqueeze", [kept, b.int64([1])]), packed]);
}

/** [flushes, R, I, columns] → the record, [T, R, 1] each, cut to the limit. */
function unpack(b: GraphBuilder, stacked: Value, columns: number, start: LoopStart): DrawnRecord {
  const bySteps = b.op("Transpose", [stacked], { perm: [0, 2, 1, 3] });
  const shape = b.op("Concat", [b.int64([-1]), start.rows, b.int64([columns])], { axis: 0 });
  const all = b.op("Slice", [b.op("Reshape", [bySteps, shape]), b.int64([0]), start.steps, b.int64([0])]);
  const [tokens = "", logProbability = "", decodingLogProbability = "", ...measures] = b.ops(
    "Split",
    [all, b.int64(Array.from({ length: columns }, () => 1))],
    columns,
    { axis: 2 },
  );
  return { tokens: b.op("Cast", [tokens], { to: 6 }), logProbability, decodingLogProbability, measures };
}
