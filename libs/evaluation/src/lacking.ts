import {
  canonicalJson,
  TouchstoneError,
  type Decoding,
  type LanguageModel,
  type Method,
  type ModelCapabilities,
} from "@touchstone/core";
import { called } from "./called.ts";
import type { Draw } from "./draws.ts";
import { methodNamed } from "./method-named.ts";
import { continuesWith, holds } from "./needs.ts";
import type { RunSetting } from "./setting.ts";

/**
 * What a model lacks for a method with these parameters, in words; undefined where it has everything. `decoding`: what the method's
 * samples are drawn with.
 */
export function lacking(
  { needs }: Pick<Method, "needs">,
  parameters: unknown,
  capabilities: ModelCapabilities | undefined,
  { temperature, topK, topP }: Pick<Decoding, "temperature" | "topK" | "topP">,
): string | undefined {
  if (capabilities === undefined) return undefined;
  const { tokenStatistics, continuation, embed, tokens } = capabilities;
  const continues = continuesWith(needs, parameters);
  if (continues && !tokens) return "token ids of responses";
  if (continues && !continuation) return "continuation of a response";
  if (needs.embeds === true && !embed) return "prompt embeddings";
  const whole = tokenStatistics === "full";
  if (holds(needs.afterLast, parameters) && !whole) return "the distribution after a response's last token";
  if (holds(needs.distributions, parameters) && !whole) return "whole token distributions";
  if (!holds(needs.logProbabilities, parameters) || whole) return undefined;
  if (tokenStatistics === "none") return "log-probabilities of drawn tokens";
  const plain = temperature === 1 && topK === 0 && topP === 1;
  // A chain needs them under both laws; servers tell one.
  return holds(needs.tokenStatistics, parameters) && !plain
    ? "log-probabilities under a decoding other than temperature 1 without truncation"
    : undefined;
}

/**
 * Sentences about methods that abstain on some models of a suite for want of what these models' servers do not give.
 * @throws TouchstoneError `missing-capability`, before anything is drawn, for a method that none of its models can serve
 */
export function checkCapabilities(
  { suite, methods }: Pick<RunSetting, "suite" | "methods">,
  draws: readonly Draw[],
): readonly string[] {
  return suite.methods.flatMap(({ name, parameters }) => {
    const method = methodNamed(name, methods);
    const own = draws.filter((draw) => draw.methods.includes(name));
    const lacks = own.flatMap(({ model, key }) => {
      const lack = lacking(method, parameters, model.capabilities, key.decoding);
      return lack === undefined ? [] : [{ model, lack }];
    });
    if (lacks.length === 0) return [];
    const shown = called(method, canonicalJson(parameters));
    if (lacks.length === own.length) throw missing(shown, lacks[0]!.model, lacks[0]!.lack);
    const models = new Map(lacks.map(({ model, lack }) => [model.identity.name, lack]));
    return Array.from(
      models,
      ([model, lack]) => `${shown} abstains on ${model}, whose server does not give it ${lack}.`,
    );
  });
}

/** Methods as they are on the model of a draw: what its server cannot serve abstains, says why, and asks for nothing. */
export function methodsOn(
  { methods }: Pick<RunSetting, "methods">,
  { model: { capabilities }, decoding }: Pick<Draw, "model" | "decoding">,
): readonly Method[] {
  if (capabilities === undefined) return methods;
  return methods.map((method) =>
    abstainingWhere(method, capabilities, (parameters) =>
      lacking(method, parameters, capabilities, { ...decoding, ...method.needs.decoding }),
    ),
  );
}

function abstainingWhere(
  method: Method,
  capabilities: ModelCapabilities,
  lackOf: (parameters: unknown) => string | undefined,
): Method {
  const { needs } = method;
  const served = (need: Parameters<typeof holds>[0]) => (parameters: never) =>
    lackOf(parameters) === undefined && holds(need, parameters);
  const reduced = {
    ...needs,
    ...(needs.continues === undefined ? {} : { continues: served(needs.continues) }),
    ...(needs.afterLast === undefined ? {} : { afterLast: served(needs.afterLast) }),
    ...(needs.embeds === undefined ? {} : { embeds: needs.embeds && capabilities.embed }),
    learns: served(needs.learns ?? true),
  };
  const abstained = (lack: string) => ({ kind: "abstained", reason: `its server does not give it ${lack}` }) as const;
  if (method.kind === "procedure") {
    return {
      ...method,
      needs: reduced,
      decide: (problems, access, parameters, state) => {
        const lack = lackOf(parameters);
        if (lack === undefined) return method.decide(problems, access, parameters, state);
        return Promise.resolve(problems.map(() => abstained(lack)));
      },
    };
  }
  return {
    ...method,
    needs: reduced,
    select: (drawn, parameters, random) => {
      const lack = lackOf(parameters);
      return lack === undefined ? method.select(drawn, parameters, random) : abstained(lack);
    },
    ...(method.expectation
      ? {
          // Mass that is missing is that of abstaining.
          expectation: (pool, n, parameters) =>
            lackOf(parameters) === undefined ? method.expectation!(pool, n, parameters) : new Float64Array(pool.size),
        }
      : {}),
  };
}

function missing(method: string, { identity }: LanguageModel, lack: string): TouchstoneError {
  return new TouchstoneError({
    code: "missing-capability",
    family: "usage",
    what: `The method ${method} cannot be run on ${identity.name}, whose server does not give it ${lack}.`,
    value: lack,
    fix: "Leave the method out, or run it on a model of this machine; docs/servers.md says what each method needs of a server.",
  });
}
