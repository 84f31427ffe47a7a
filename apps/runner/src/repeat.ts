import { readFile } from "node:fs/promises";
import { manifest as manifestSchema, TouchstoneError, type Manifest } from "@touchstone/core";
import type { MethodChoice, ResolvedSuite } from "@touchstone/evaluation";
import type { Loaded } from "./loading.ts";
import { checkedSuite, suiteFlags, type RunFlags } from "./suite-flags.ts";
import { DEVICES, type Device } from "./values.ts";

export interface Repeated extends ResolvedSuite {
  readonly manifest: Manifest;
  /** The device of the run, where it was one that can be asked for. */
  readonly device: Device | undefined;
}

/** The suite of a run's manifest. Flags or a name that would change it are refused: then it would be another run. */
export async function suiteOfManifest(
  path: string,
  name: string | undefined,
  flags: RunFlags,
  pool: string,
): Promise<Repeated> {
  const [changed] = name === undefined ? Object.keys(suiteFlags(flags)) : [name];
  if (changed !== undefined) {
    throw new TouchstoneError({
      code: "conflicting-options",
      family: "usage",
      what: "A manifest says everything that is run; a suite or a flag that changes it cannot stand beside it.",
      value: changed,
      fix: "Leave it out, or run the suite without --from-manifest.",
    });
  }
  const manifest = await readManifest(path);
  const { given, suite } = await suiteAgain(manifest.suite_as_given, manifest.suite_resolved, pool);
  return { given, suite, manifest, device: DEVICES.find((device) => device === manifest.machine.device) };
}

/**
 * A suite once resolved, checked again against what there is now. Not resolved anew from what was given: a default that has
 * changed since must not change the run. Where its parameters came from is kept.
 */
export async function suiteAgain(given: unknown, resolved: unknown, pool: string): Promise<ResolvedSuite> {
  const { methods, ...rest } = resolved as { readonly methods: readonly MethodChoice[] };
  const { suite } = await checkedSuite(
    {
      ...rest,
      methods: methods.map(({ name, package: from, parameters, rewardModels }) => ({
        name,
        ...(from === undefined ? {} : { package: from }),
        parameters,
        ...(rewardModels ? { rewardModels } : {}),
      })),
    },
    pool,
  );
  return {
    given,
    suite: { ...suite, methods: suite.methods.map((method, i) => ({ ...method, source: methods[i]!.source })) },
  };
}

/** What is not as it was when the manifest was written: then the samples will differ. */
export function changesSince(manifest: Manifest, { models, rewardModels }: Loaded): string[] {
  const now = new Map([...models.values(), ...rewardModels.values()].map(({ identity }) => [identity.name, identity]));
  return manifest.models.flatMap(({ name, identity: then }) => {
    const found = now.get(name);
    if (!found) return [];
    const changed = Object.entries(found).filter(([key, value]) => then[key] !== value);
    return changed.length === 0
      ? []
      : [`Note: ${name} is not as it was in that run (${changed.map(([key]) => key).join(", ")}): results can differ.`];
  });
}

async function readManifest(path: string): Promise<Manifest> {
  try {
    return manifestSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    throw new TouchstoneError({
      code: "unreadable-manifest",
      family: "input",
      what: `The manifest cannot be read: ${code === undefined ? "it is not a manifest of this version" : `there is no readable file (${code})`}.`,
      value: path,
      fix: "Give the manifest.json of a finished run; `./touchstone ls runs` lists them.",
      cause,
    });
  }
}
