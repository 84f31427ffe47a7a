/** What a model cannot be run without, beside its weights. */
export const NEEDED_FILES = ["config.json", "tokenizer.json", "tokenizer_config.json"] as const;
/** What is read where there is one. */
export const OPTIONAL_FILES = ["generation_config.json", "chat_template.jinja"] as const;
export const WEIGHTS = "model.safetensors";
export const WEIGHTS_INDEX = "model.safetensors.index.json";

const SHARD = /^model[-.\w]*\.safetensors$/;

/** Whether a file of a repository is one that we read: no pictures, no other formats of the same weights. */
export function isWanted(name: string): boolean {
  return (
    (NEEDED_FILES as readonly string[]).includes(name) ||
    (OPTIONAL_FILES as readonly string[]).includes(name) ||
    name === WEIGHTS_INDEX ||
    SHARD.test(name)
  );
}

/**
 * The files of a repository that a model of ours is made of: sharded weights where there is an index, else the one file. Which shards
 * the index names is not known before it is there; every file that looks like one is taken for one.
 */
export function wantedFiles<F extends { readonly path: string }>(files: readonly F[]): F[] {
  const sharded = files.some(({ path }) => path === WEIGHTS_INDEX);
  return files.filter(({ path }) => isWanted(path) && (path === WEIGHTS ? !sharded : sharded || !SHARD.test(path)));
}

/** Names of an index's weight files. An index that cannot be read names one that no repository has. */
export function shardsOf(index: string): string[] {
  try {
    const { weight_map: map } = JSON.parse(index) as { readonly weight_map?: Readonly<Record<string, string>> };
    return [...new Set(Object.values(map ?? {}))];
  } catch {
    return [""];
  }
}
