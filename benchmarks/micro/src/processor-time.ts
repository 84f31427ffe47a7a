import { readdirSync, readFileSync } from "node:fs";

/** Ids of the processes that this one has started; none where the system is not Linux. */
export function children(): string[] {
  return tasks("self").flatMap((task) => (read(`/proc/self/task/${task}/children`) ?? "").split(" ").filter(Boolean));
}

/**
 * Seconds that processes have spent on a processor, all threads: on a busy machine a better measure of work than what passed on the clock.
 * NaN where the system does not tell.
 */
export function processorSeconds(ids: readonly string[]): number {
  const nanoseconds = ids.flatMap((id) =>
    tasks(id).map((task) => Number((read(`/proc/${id}/task/${task}/schedstat`) ?? "NaN").split(" ")[0])),
  );
  return nanoseconds.length === 0 ? Number.NaN : nanoseconds.reduce((sum, value) => sum + value, 0) / 1e9;
}

function tasks(id: string): string[] {
  try {
    return readdirSync(`/proc/${id}/task`);
  } catch {
    return [];
  }
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
