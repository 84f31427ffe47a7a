import type { ChatMessage } from "@touchstone/core";
import type { PromptSource } from "./field-source.ts";
import { fillTemplate, textAt, type Fail } from "./field-text.ts";

/** The messages that a prompt's source makes of a record; `options` are its lettered lines. Throws what `fail` makes. Pure. */
export function promptMessages(
  record: unknown,
  source: PromptSource,
  options: string | undefined,
  fail: Fail,
): readonly ChatMessage[] {
  if (typeof source === "string") return [{ role: "user", content: textAt(record, source, fail) }];
  const system: ChatMessage[] = source.system === undefined ? [] : [{ role: "system", content: source.system }];
  if ("transcript" in source) return [...system, ...turnsOf(textAt(record, source.transcript, fail), fail)];
  const examples = (source.examples ?? []).flatMap(({ user, assistant }): ChatMessage[] => [
    { role: "user", content: user },
    { role: "assistant", content: assistant },
  ]);
  const content = fillTemplate(source.template, (path) =>
    path === "options" && options !== undefined ? options : textAt(record, path, fail),
  );
  return [...system, ...examples, { role: "user", content }];
}

/**
 * A conversation spelled `\n\nHuman: … \n\nAssistant: …` without its last answer. Turns of one speaker that follow each other become
 * one, parted by a blank line; empty ones are left out.
 */
function turnsOf(transcript: string, fail: Fail): readonly ChatMessage[] {
  const parts = transcript.split(/(?:^|\n\n)(Human|Assistant):/);
  if (parts.length < 3 || parts[0]!.trim() !== "") throw fail("it is no transcript of Human and Assistant");
  const turns: { role: "user" | "assistant"; content: string }[] = [];
  for (let i = 1; i < parts.length; i += 2) {
    const role = parts[i] === "Human" ? "user" : "assistant";
    const content = parts[i + 1]!.trim();
    if (content === "") continue;
    const last = turns.at(-1);
    if (last?.role === role) last.content += `\n\n${content}`;
    else turns.push({ role, content });
  }
  while (turns.at(-1)?.role === "assistant") turns.pop();
  if (turns.length === 0) throw fail("its transcript asks nothing");
  return turns;
}
