import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readSafetensors, writeSafetensors } from "../src/index.ts";
import { decodeSafetensors } from "../src/safetensors.ts";
import { encodeSafetensors } from "@touchstone/graph";
import type { Tensor } from "../src/index.ts";

/** A file by the description of the format: length of the header, header, data. */
function handMade(header: unknown, data: readonly number[]): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return Uint8Array.from([...length, ...text, ...data]);
}

const entry = (dtype: string, shape: number[], begin: number, end: number): object => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

test("tensors and metadata come back from a file as they were", async () => {
  const folder = await mkdtemp(join(tmpdir(), "touchstone-safetensors-"));
  try {
    const path = join(folder, "model.safetensors");
    const tensors = new Map<string, Tensor>([
      ["b", { shape: [2, 2], data: Float32Array.of(1, -0, Number.MIN_VALUE, 1 / 3) }],
      ["a", { shape: [1], data: Float32Array.of(7) }],
      ["empty", { shape: [0, 3], data: new Float32Array(0) }],
    ]);
    await writeSafetensors(path, tensors, { step: "3" });
    const read = await readSafetensors(path);
    expect(read.tensors).toEqual(tensors);
    expect(read.metadata).toEqual({ format: "pt", step: "3" });
    const bytes = await readFile(path);
    expect(Number(bytes.readBigUInt64LE(0)) % 8).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("a failed write leaves the old file", async () => {
  const folder = await mkdtemp(join(tmpdir(), "touchstone-safetensors-"));
  try {
    const path = join(folder, "missing", "model.safetensors");
    await expect(writeSafetensors(path, new Map())).rejects.toThrow("ENOENT");
    await writeFile(join(folder, "model.safetensors"), "old");
    const circular: Record<string, string> = {};
    Object.assign(circular, { circular });
    await expect(writeSafetensors(join(folder, "model.safetensors"), new Map(), circular)).rejects.toThrow("circular");
    expect(await readFile(join(folder, "model.safetensors"), "utf8")).toBe("old");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("half precision is widened exactly", () => {
  // 1.5 and −2 as IEEE half (0x3e00, 0xc000) and as bfloat16 (0x3fc0, 0xc000), little-endian, at an odd byte.
  const header = { f: entry("F16", [2], 0, 4), b: entry("BF16", [2], 4, 8) };
  const file = handMade(header, [0x00, 0x3e, 0x00, 0xc0, 0xc0, 0x3f, 0x00, 0xc0]);
  const { tensors } = decodeSafetensors(file);
  expect([...tensors.get("f")!.data]).toEqual([1.5, -2]);
  expect([...tensors.get("b")!.data]).toEqual([1.5, -2]);
});

test.each([
  ["shorter than its length", Uint8Array.of(1, 2, 3), "shorter than the 8 bytes"],
  [
    "cut in the header",
    handMade({ a: entry("F32", [1], 0, 4) }, []).slice(0, 20),
    "the header should take 62 bytes, the file has fewer",
  ],
  ["with a header that is not JSON", handMade("not JSON", []), "the header is not JSON"],
  ["with an entry that is no tensor", handMade({ a: { dtype: "F32" } }, []), "the header's entry a.shape is malformed"],
  ["cut in the data", handMade({ a: entry("F32", [2], 0, 8) }, [0, 0, 0, 0]), "beyond the end of the file"],
  [
    "with a shape unlike its bytes",
    handMade({ a: entry("F32", [2], 0, 4) }, [0, 0, 0, 0]),
    "tensor a of type F32 and shape [2] needs 8 bytes",
  ],
])("a file %s is refused", (_, file, message) => {
  expect(() => decodeSafetensors(file, "x.safetensors")).toThrow(/^corrupt-safetensors: x\.safetensors is damaged: /);
  expect(() => decodeSafetensors(file, "x.safetensors")).toThrow(message);
});

test("other element types are refused with what to do", () => {
  const file = handMade({ a: entry("I8", [1], 0, 1) }, [0]);
  expect(() => decodeSafetensors(file)).toThrow(
    "unsupported-model: Tensor a of safetensors data has an element type that is not read. Received: I8. Save the weights as F32",
  );
});

test("data begins at a multiple of eight bytes whatever the names", () => {
  for (const name of ["a", "ab", "abc", "äbc", "abcdefgh"]) {
    const file = encodeSafetensors(new Map([[name, { shape: [1], data: Float32Array.of(2) }]]));
    expect((file.length - 4) % 8).toBe(0);
    expect(decodeSafetensors(file).tensors.get(name)!.data[0]).toBe(2);
  }
});

test("the built-in models' files come back byte for byte from what is read of them", async () => {
  const models = join(import.meta.dirname, "..", "..", "..", "models");
  const folder = await mkdtemp(join(tmpdir(), "touchstone-safetensors-"));
  try {
    for (const [model, dtype] of [
      ["arith", "F32"],
      ["instruct-long", "F16"],
    ] as const) {
      const path = join(models, model, "model.safetensors");
      const { tensors } = await readSafetensors(path);
      await writeSafetensors(join(folder, "again"), tensors, {}, dtype);
      expect((await readFile(join(folder, "again"))).equals(await readFile(path))).toBe(true);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("bfloat16 rounds to the nearest of 7 bits of fraction, ties to even", () => {
  const data = Float32Array.of(1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20, -1.5, Infinity, Number.NaN);
  const file = encodeSafetensors(new Map([["a", { shape: [6], data }]]), { dtype: "BF16" });
  const read = [...decodeSafetensors(file).tensors.get("a")!.data];
  expect(read).toEqual([1, 1 + 2 ** -6, 1 + 2 ** -7, -1.5, Infinity, Number.NaN]);
});
