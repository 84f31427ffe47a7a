/** `npm run check:device -- --device cpu|webgpu|cuda`: is the engine right and how fast is it on a device of this machine? */
import { appendFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { TouchstoneError } from "@touchstone/core";
import type { Provider } from "@touchstone/inference";
import { type FixtureShape, writeFixtureModel } from "@touchstone/inference/fixture";
import { determinism, parity, speed } from "./device-checks.ts";
import type { DeviceRow } from "./device-row.ts";
import { fallbacks } from "./fallbacks.ts";
import { machine } from "./machine.ts";
import { DEVICES_FILE, writePerformancePage } from "./page.ts";
import { type Workload, withWorkloads } from "./workload.ts";

const USAGE = `npm run check:device -- --device cpu|webgpu|cuda [options]
  --adapter <name>    what the row calls the graphics device
  --software-vulkan   run WebGPU on the SwiftShader driver of a headless Chromium
  --skip-large        leave out the Llamas of 0.1 and 0.5 billion parameters
  --dry-run           print the row, keep nothing`;

/** SmolLM2-135M and Qwen2.5-0.5B, by their shapes. */
const LLAMA_100M: FixtureShape = { layers: 30, width: 576, heads: 9, keyValueHeads: 3, mlp: 1536, vocabulary: 49_152 };
const LLAMA_500M: FixtureShape = {
  layers: 24,
  width: 896,
  heads: 14,
  keyValueHeads: 2,
  mlp: 4864,
  vocabulary: 151_936,
};

/** Below this many tokens per second of the fixture a large model would take hours, and less is drawn. */
const SLOW = 1000;

const { values } = parseArgs({
  options: {
    device: { type: "string" },
    adapter: { type: "string" },
    "software-vulkan": { type: "boolean", default: false },
    "skip-large": { type: "boolean", default: false },
    "dry-run": { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const device = values.device;
if (values.help || (device !== "cpu" && device !== "webgpu" && device !== "cuda")) {
  console.log(USAGE);
  process.exit(values.help ? 0 : 2);
}

try {
  const row = await check(device);
  if (!values["dry-run"]) {
    await mkdir(dirname(DEVICES_FILE), { recursive: true });
    await appendFile(DEVICES_FILE, `${JSON.stringify(row)}\n`);
    await writePerformancePage();
  }
  console.log(JSON.stringify(row, null, 2));
  process.exitCode = row.parity.greedyAgreement === 1 && row.determinism.repeats ? 0 : 1;
} catch (error) {
  if (!(error instanceof TouchstoneError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}

async function check(provider: Provider): Promise<DeviceRow> {
  const scratch = await mkdtemp(join(tmpdir(), "touchstone-device-"));
  try {
    if (values["software-vulkan"]) await useSoftwareDriver(join(scratch, "vulkan"));
    return await withWorkloads(async ({ fixture }) => {
      note("parity");
      const agreement = await parity(fixture, provider);
      note("speed");
      const samples64 = await speed(fixture, 64, { device: provider });
      const samples256 = await speed(fixture, 256, { device: provider });
      const slow = samples64 < SLOW;
      note("determinism");
      const repeats = await determinism(fixture, provider, slow);
      const large = !values["skip-large"] && !slow;
      const measured = machine();
      return {
        device: provider,
        date: new Date().toISOString().slice(0, 10),
        machine: measured,
        adapter:
          values.adapter ?? (values["software-vulkan"] ? `SwiftShader (software) on ${measured.cpu}` : measured.cpu),
        parity: agreement,
        determinism: repeats,
        tokensPerSecond: {
          samples64,
          samples256,
          llama100M: large ? await largeSpeed(scratch, "llama-0.1B", LLAMA_100M, provider) : null,
          llama500M: large ? await largeSpeed(scratch, "llama-0.5B", LLAMA_500M, provider) : null,
        },
        fallbacks: await fallbacks(fixture.folder, provider),
      };
    });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** 64 samples of 16 tokens by a random Llama of a real model's shape. */
async function largeSpeed(scratch: string, model: string, shape: FixtureShape, provider: Provider): Promise<number> {
  note(model);
  const folder = join(scratch, model);
  await writeFixtureModel(folder, shape, { end: false });
  const messages = [{ role: "user" as const, content: "abcdefghijklmnopqrstuv" }];
  const workload: Workload = { model, folder, messages, newTokens: 16 };
  const result = await speed(workload, 64, { device: provider });
  await rm(folder, { recursive: true });
  return result;
}

async function useSoftwareDriver(folder: string): Promise<void> {
  const { noSoftwareVulkan, useSoftwareVulkan } = await import("@touchstone/testkit/software-vulkan");
  const reason = noSoftwareVulkan();
  if (reason !== undefined) {
    throw new TouchstoneError({
      code: "device-unavailable",
      family: "engine",
      what: `The software Vulkan driver cannot run: ${reason}.`,
      fix: "Install the Vulkan loader, or leave out --software-vulkan.",
    });
  }
  await useSoftwareVulkan(folder);
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
