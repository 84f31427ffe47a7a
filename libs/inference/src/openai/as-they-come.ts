/**
 * Runs all tasks and hands on what they give as it comes, in any order. Where one fails, `halt` is called, the others are waited for,
 * what they give is handed on too, and only then the failure is thrown: nothing that arrived is lost.
 */
export async function* asTheyCome<T>(
  tasks: readonly ((give: (value: T) => void) => Promise<void>)[],
  halt: () => void,
): AsyncGenerator<T> {
  const state = { ready: [] as T[], underWay: tasks.length, wake: (): void => undefined };
  let failure: { readonly error: unknown } | undefined;
  const give = (value: T): void => {
    state.ready.push(value);
    state.wake();
  };
  for (const task of tasks) {
    void task(give)
      .catch((error: unknown) => {
        failure ??= { error };
        halt();
      })
      .finally(() => {
        state.underWay--;
        state.wake();
      });
  }
  while (state.underWay > 0 || state.ready.length > 0) {
    const ready = state.ready.splice(0);
    yield* ready;
    if (state.ready.length > 0 || state.underWay === 0) continue;
    await new Promise<void>((resolve) => {
      state.wake = resolve;
    });
  }
  if (failure) throw failure.error;
}
