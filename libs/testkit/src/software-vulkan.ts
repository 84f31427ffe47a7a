import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { inflate } from "@sparticuz/chromium";

/** Where Debian, Ubuntu, Fedora and Arch put the Vulkan loader. */
const LOADERS = [
  "/usr/lib/x86_64-linux-gnu/libvulkan.so.1",
  "/usr/lib/aarch64-linux-gnu/libvulkan.so.1",
  "/usr/lib64/libvulkan.so.1",
  "/usr/lib/libvulkan.so.1",
];

/** Why WebGPU cannot run on a software driver here, or undefined if it can. */
export function noSoftwareVulkan(): string | undefined {
  if (process.platform !== "linux" || process.arch !== "x64") return "the software Vulkan driver is for Linux on x64";
  if (!LOADERS.some((file) => existsSync(file))) return "no Vulkan loader (on Debian: apt-get install libvulkan1)";
  return undefined;
}

/**
 * Unpacks into `folder` the SwiftShader driver that comes with a headless Chromium, and has processes started from now on use it. A
 * process that runs already keeps the driver it has.
 */
export async function useSoftwareVulkan(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  // The package unpacks into the system's temporary folder, and trusts what it finds there: give it a folder of our own.
  const before = process.env["TMPDIR"];
  process.env["TMPDIR"] = folder;
  const built = dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium")));
  const archive = [join(built, "..", "bin"), join(built, "..", "..", "bin")]
    .map((bin) => join(bin, "swiftshader.tar.br"))
    .find((file) => existsSync(file));
  if (archive === undefined) throw new Error(`@sparticuz/chromium has no swiftshader.tar.br beside ${built}`);
  await inflate(archive);
  if (before === undefined) delete process.env["TMPDIR"];
  else process.env["TMPDIR"] = before;
  process.env["VK_ICD_FILENAMES"] = join(folder, "vk_swiftshader_icd.json");
}
