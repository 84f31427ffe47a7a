"""Log-probabilities of 40 given tokens under random models of published layouts, in numpy, float64.

    cd libs/graph/test
    node -e 'import("./published.ts").then(({ published }) => console.log(JSON.stringify(published)))' |
      python3 numpy/forward.py > numpy/expected.json

Written from the papers (RoFormer, position interpolation, YaRN, LongRoPE, RMSNorm, GQA, Mistral 7B) and the Llama 3.1 and SmolLM3
model descriptions; nothing of the graphs or of the tests' other references is used. Run with Python 3.11 and numpy 2.4.6.
"""
import json
import math
import sys

import numpy as np

SEED, SPREAD, TOKENS = 5, 1.5, 40


def mulberry32(seed):
    """The tests' generator, so that both sides have the same weights."""
    state = seed & 0xFFFFFFFF
    while True:
        state = (state + 0x6D2B79F5) & 0xFFFFFFFF
        t = ((state ^ (state >> 15)) * (state | 1)) & 0xFFFFFFFF
        t = ((t + (((t ^ (t >> 7)) * (t | 61)) & 0xFFFFFFFF)) ^ t) & 0xFFFFFFFF
        yield ((t ^ (t >> 14)) & 0xFFFFFFFF) / 2**32


class Model:
    def __init__(self, config):
        self.c = config
        self.family = config["architectures"][0].removesuffix("ForCausalLM")
        self.heads, self.groups = config["num_attention_heads"], config["num_key_value_heads"]
        self.width, self.layers = config["hidden_size"], config["num_hidden_layers"]
        self.size = config.get("head_dim") or self.width // self.heads
        self.tied = config.get("tie_word_embeddings", self.family == "SmolLM3")
        self.w = self.weights()

    def shapes(self):
        c, width = self.c, self.width
        qkv_bias = self.family == "Qwen2" or c.get("attention_bias", False)
        out_bias = self.family != "Qwen2" and c.get("attention_bias", False)

        def linear(name, out, into, bias=False):
            yield name + ".weight", (out, into)
            if bias:
                yield name + ".bias", (out,)

        yield "model.embed_tokens.weight", (c["vocab_size"], width)
        for n in range(self.layers):
            at = f"model.layers.{n}."
            yield at + "input_layernorm.weight", (width,)
            yield from linear(at + "self_attn.q_proj", self.heads * self.size, width, qkv_bias)
            yield from linear(at + "self_attn.k_proj", self.groups * self.size, width, qkv_bias)
            yield from linear(at + "self_attn.v_proj", self.groups * self.size, width, qkv_bias)
            yield from linear(at + "self_attn.o_proj", width, self.heads * self.size, out_bias)
            if self.family == "Qwen3":
                yield at + "self_attn.q_norm.weight", (self.size,)
                yield at + "self_attn.k_norm.weight", (self.size,)
            yield at + "post_attention_layernorm.weight", (width,)
            for name in ("gate", "up"):
                yield from linear(at + f"mlp.{name}_proj", c["intermediate_size"], width)
            yield from linear(at + "mlp.down_proj", width, c["intermediate_size"])
        yield "model.norm.weight", (width,)
        if not self.tied:
            yield "lm_head.weight", (c["vocab_size"], width)

    def weights(self):
        random = mulberry32(SEED)
        made = {}
        for name, shape in self.shapes():
            numbers = np.array([next(random) for _ in range(math.prod(shape))])
            if "norm" in name:
                numbers = 0.8 + 0.4 * numbers
            else:
                numbers = SPREAD * math.sqrt(12) / math.sqrt(shape[-1]) * (numbers - 0.5)
            made[name] = numbers.astype(np.float32).astype(np.float64).reshape(shape)
        return made

    def linear(self, x, name):
        return x @ self.w[name + ".weight"].T + self.w.get(name + ".bias", 0.0)

    def norm(self, x, name):
        return x / np.sqrt(np.mean(x**2, -1, keepdims=True) + self.c["rms_norm_eps"]) * self.w[name + ".weight"]

    def turns(self, count):
        """exp(i · angle) times the attention factor, [count, size / 2]; a token turns by the frequencies of the text that ends with it."""
        c, half = self.c, self.size // 2
        rope = c.get("rope_scaling") or c.get("rope_parameters") or {}
        kind = rope.get("rope_type", rope.get("type", "default"))
        theta = rope.get("rope_theta", c.get("rope_theta"))
        first = rope.get("original_max_position_embeddings", c["max_position_embeddings"])
        s = rope.get("factor", c["max_position_embeddings"] / first)
        exponent = np.arange(half) * 2 / self.size
        plain = theta**-exponent
        place = np.arange(count)[:, None]
        attention = 1.0
        if kind == "linear":
            angle = place / s * plain
        elif kind == "dynamic":
            length = np.maximum(place + 1, c["max_position_embeddings"])
            base = theta * (s * length / c["max_position_embeddings"] - (s - 1)) ** (self.size / (self.size - 2))
            angle = place * base**-exponent
        elif kind == "llama3":
            wavelength = 2 * math.pi / plain
            low, high = rope["low_freq_factor"], rope["high_freq_factor"]
            smooth = np.clip((first / wavelength - low) / (high - low), 0, 1)
            angle = place * ((1 - smooth) * plain / s + smooth * plain)
        elif kind == "yarn":
            def pair(rotations):
                return self.size * math.log(first / (rotations * 2 * math.pi)) / (2 * math.log(theta))

            low = max(math.floor(pair(rope.get("beta_fast", 32))), 0)
            high = min(math.ceil(pair(rope.get("beta_slow", 1))), self.size - 1)
            gamma = 1 - np.clip((np.arange(half) - low) / (high - low or 0.001), 0, 1)
            angle = place * ((1 - gamma) * plain / s + gamma * plain)
            attention = 0.1 * math.log(s) + 1
        elif kind == "longrope":
            factors = np.where(place < first, rope["short_factor"], rope["long_factor"])
            angle = place * plain / factors
            attention = math.sqrt(1 + math.log(s) / math.log(first))
        else:
            angle = place * plain
        return attention * np.exp(1j * angle)

    def turned(self, layer):
        if self.family != "SmolLM3":
            return True
        marks = self.c.get("no_rope_layers") or [int((n + 1) % self.c["no_rope_layer_interval"] != 0) for n in range(self.layers)]
        return bool(marks[layer])

    def window(self, layer):
        c = self.c
        if self.family == "Mistral":
            return c["sliding_window"]
        if self.family == "Llama" or not c.get("use_sliding_window"):
            return None
        if c.get("layer_types"):
            slides = c["layer_types"][layer] == "sliding_attention"
        elif self.family == "SmolLM3":
            slides = not self.turned(layer)
        else:
            slides = layer >= c["max_window_layers"]
        return c["sliding_window"] if slides else None

    def forward(self, ids):
        count, half = len(ids), self.size // 2
        x = self.w["model.embed_tokens.weight"][ids]
        distance = np.arange(count)[:, None] - np.arange(count)[None, :]
        turns = self.turns(count)[:, None, :]
        for n in range(self.layers):
            at = f"model.layers.{n}."
            h = self.norm(x, at + "input_layernorm")

            def parts(kind, rotate):
                y = self.linear(h, at + f"self_attn.{kind}_proj").reshape(count, -1, self.size)
                if self.family == "Qwen3" and kind != "v":
                    y = self.norm(y, at + f"self_attn.{kind}_norm")
                if rotate and self.turned(n):
                    z = (y[..., :half] + 1j * y[..., half:]) * turns
                    y = np.concatenate([z.real, z.imag], -1)
                return y

            q, k, v = parts("q", True), parts("k", True), parts("v", False)
            k, v = (np.repeat(t, self.heads // self.groups, axis=1) for t in (k, v))
            scores = np.einsum("ihd,jhd->hij", q, k) / math.sqrt(self.size)
            seen = distance >= 0
            if self.window(n) is not None:
                seen &= distance < self.window(n)
            scores = np.where(seen, scores, -np.inf)
            weights = np.exp(scores - scores.max(-1, keepdims=True))
            weights /= weights.sum(-1, keepdims=True)
            mixed = np.einsum("hij,jhd->ihd", weights, v).reshape(count, -1)
            x = x + self.linear(mixed, at + "self_attn.o_proj")
            h = self.norm(x, at + "post_attention_layernorm")
            gate = self.linear(h, at + "mlp.gate_proj")
            x = x + self.linear(gate / (1 + np.exp(-gate)) * self.linear(h, at + "mlp.up_proj"), at + "mlp.down_proj")
        x = self.norm(x, "model.norm")
        return x @ self.w["model.embed_tokens.weight" if self.tied else "lm_head.weight"].T


def main():
    expected = {}
    ids = np.array([(7 * i * i + 3 * i) % 48 for i in range(TOKENS)])
    for name, config in json.load(sys.stdin).items():
        logits = Model(config).forward(ids)[:-1]
        top = logits.max(-1, keepdims=True)
        logs = logits - top - np.log(np.exp(logits - top).sum(-1, keepdims=True))
        expected[name] = [round(float(logs[i, ids[i + 1]]), 6) for i in range(TOKENS - 1)]
    json.dump(expected, sys.stdout, indent=0)
    print()


main()
