import { TouchstoneError, type ChatMessage } from "@touchstone/core";
import { loadRewardModel, type LocalRewardModel } from "@touchstone/inference";
import { Refusal } from "./endpoints.ts";

type Body = Readonly<Record<string, unknown>>;

/** A reward model as a server has it, by the project's engine. */
export class ServedReward {
  readonly #model: LocalRewardModel;

  private constructor(model: LocalRewardModel) {
    this.#model = model;
  }

  static async load(folder: string): Promise<ServedReward> {
    return new ServedReward(await loadRewardModel(folder, { workers: 1 }));
  }

  /** The reward of a conversation that the assistant ends. */
  async reward(
    messages: readonly ChatMessage[],
    partial = false,
  ): Promise<{ readonly value: number; readonly tokens: number }> {
    const last = messages.at(-1);
    if (last?.role !== "assistant") throw new Refusal(400, "the last message must be the assistant's");
    const response = { text: last.content, partial };
    try {
      const [reward] = await this.#model.reward([{ messages: messages.slice(0, -1), response }]);
      return reward!;
    } catch (error) {
      // What the real ones say of a conversation that does not fit.
      if (error instanceof TouchstoneError && error.family === "input") throw new Refusal(400, error.message);
      throw error;
    }
  }
}

/** vLLM's endpoints of reward models; messages only. A single label's activation is the sigmoid unless `use_activation` is false. */
export const REWARD_ENDPOINTS: Readonly<
  Record<
    string,
    (asked: { readonly name: string; readonly model: ServedReward; readonly body: Body }) => Promise<unknown>
  >
> = {
  "/classify": async ({ name, model, body }) => {
    const { value, tokens } = await model.reward(messagesOf(body), body["continue_final_message"] === true);
    const probability = activated(value, body);
    return {
      id: "classify-test",
      object: "list",
      model: name,
      data: [{ index: 0, label: "LABEL_0", probs: [probability], num_classes: 1 }],
      usage: usageOf(tokens),
    };
  },
  "/pooling": async ({ name, model, body }) => {
    const { value, tokens } = await model.reward(messagesOf(body), body["continue_final_message"] === true);
    return {
      id: "pool-test",
      object: "list",
      model: name,
      data: [{ index: 0, object: "pooling", data: [activated(value, body)] }],
      usage: usageOf(tokens),
    };
  },
  "/score": async ({ name, model, body }) => {
    const documents = [body["text_2"]].flat() as readonly string[];
    const rewards = await Promise.all(
      documents.map((content) =>
        model.reward([
          { role: "user", content: String(body["text_1"]) },
          { role: "assistant", content },
        ]),
      ),
    );
    return {
      id: "score-test",
      object: "list",
      model: name,
      data: rewards.map(({ value }, index) => ({ index, object: "score", score: activated(value, body) })),
      usage: usageOf(rewards.reduce((sum, { tokens }) => sum + tokens, 0)),
    };
  },
};

function activated(value: number, body: Body): number {
  return body["use_activation"] === false || body["activation"] === false ? value : 1 / (1 + Math.exp(-value));
}

function messagesOf(body: Body): readonly ChatMessage[] {
  const { messages } = body;
  if (!Array.isArray(messages)) throw new Refusal(400, "the test server reads messages only");
  return messages as readonly ChatMessage[];
}

function usageOf(tokens: number): object {
  return { prompt_tokens: tokens, total_tokens: tokens, completion_tokens: 0 };
}
