import type { Provider } from "./device.ts";
import { cudaLibrary } from "./device.ts";

export interface InstalledDevice {
  readonly device: Provider;
  readonly installed: boolean;
}

/** What the installed ONNX Runtime is built for. Whether a graphics card and its driver are there shows only in use. */
export async function installedDevices(): Promise<InstalledDevice[]> {
  // Loaded here: the native library is for the workers otherwise.
  const { listSupportedBackends } = await import("onnxruntime-node");
  const backends = new Set(listSupportedBackends().map(({ name }) => name));
  return [
    { device: "cpu", installed: backends.has("cpu") },
    { device: "webgpu", installed: backends.has("webgpu") },
    { device: "cuda", installed: backends.has("cuda") && cudaLibrary() !== undefined },
  ];
}
