import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium } from "playwright-core";
import type { Browser } from "playwright-core";

const ARGUMENTS = ["--no-sandbox", "--disable-gpu"];

/** A real browser without a window, or the reason why there is none here. */
export async function launchBrowser(): Promise<Browser | string> {
  try {
    return process.platform === "linux" ? await launchPacked() : await chromium.launch({ channel: "chrome" });
  } catch (error) {
    return `no browser can be started here: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`;
  }
}

/** The packed Chromium, unpacked into a folder of its own: what other programs left in the shared one is not trusted. */
async function launchPacked(): Promise<Browser> {
  const shared = process.env["TMPDIR"];
  const own = join(tmpdir(), `touchstone-chromium-${process.getuid?.() ?? 0}`);
  mkdirSync(own, { recursive: true });
  process.env["TMPDIR"] = own;
  try {
    const { default: packed } = await import("@sparticuz/chromium");
    return await chromium.launch({ executablePath: await packed.executablePath(), args: ARGUMENTS });
  } finally {
    if (shared === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = shared;
  }
}
