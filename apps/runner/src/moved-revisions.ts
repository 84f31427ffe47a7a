import type { ModelIdentity } from "@touchstone/core";
import type { Loaded } from "./loading.ts";

/**
 * Says where the pool holds samples or rewards of the same model of the hub at another commit: they are another model's, and are left
 * as they are.
 */
export async function movedSince({ setting, models, rewardModels }: Loaded): Promise<string[]> {
  const now = [...models.values(), ...rewardModels.values()]
    .map(({ identity }) => identity)
    .filter(({ revision }) => isCommit(revision));
  // Looking through a pool takes a while: only where there is something to find.
  if (now.length === 0) return [];
  const { pools } = await setting.pool.info();
  const held = pools.flatMap(({ key, rewards }) => [key.model, ...rewards.map(({ model }) => model)]);
  return now.flatMap((identity) => {
    const others = new Set(held.filter((one) => isOther(one, identity)).map(({ revision }) => revision));
    return [...others].map(
      (commit) =>
        `Note: the pool also holds ${identity.name} at commit ${commit}; this run is on ${identity.revision}, a model of its own. ` +
        `To go on with the other, name it ${identity.name}@${commit}.`,
    );
  });
}

function isOther(one: ModelIdentity, { name, revision }: ModelIdentity): boolean {
  return one.name === name && one.revision !== revision && isCommit(one.revision);
}

function isCommit(revision: string): boolean {
  return /^[0-9a-f]{40}$/.test(revision);
}
