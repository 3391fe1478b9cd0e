"""Greedy generation by transformers, beside `rankwise generate`.

usage: generate.py FOLDER BATCH NEW_TOKENS [ROUNDS]

FOLDER gets a llama of 135 million random weights unless it has one, and BATCH prompts of 32 random token ids
as prompts-BATCH.jsonl, which `rankwise generate FOLDER --prompts` reads. Prints tokens a second of each round
and their median, after a round that is not counted, and writes the tokens to peer-BATCH.json.
"""

import json
import pathlib
import statistics
import sys
import time

import torch
import transformers

folder = pathlib.Path(sys.argv[1])
batch = int(sys.argv[2])
new_tokens = int(sys.argv[3])
rounds = int(sys.argv[4]) if len(sys.argv) > 4 else 3
torch.manual_seed(0)

if not (folder / "config.json").exists():
    config = transformers.LlamaConfig(
        hidden_size=576,
        num_hidden_layers=30,
        num_attention_heads=9,
        num_key_value_heads=3,
        intermediate_size=1536,
        vocab_size=49152,
        max_position_embeddings=2048,
        tie_word_embeddings=True,
    )
    transformers.LlamaForCausalLM(config).save_pretrained(folder)

model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
prompts = torch.randint(3, model.config.vocab_size, (batch, 32), generator=torch.Generator().manual_seed(batch))
lines = [json.dumps({"ids": row}) for row in prompts.tolist()]
(folder / f"prompts-{batch}.jsonl").write_text("\n".join(lines) + "\n")

speeds = []
for number in range(rounds + 1):
    start = time.perf_counter()
    with torch.inference_mode():
        output = model.generate(
            prompts,
            attention_mask=torch.ones_like(prompts),
            do_sample=False,
            max_new_tokens=new_tokens,
            min_new_tokens=new_tokens,
            pad_token_id=0,
        )
    seconds = time.perf_counter() - start
    if number > 0:
        speeds.append(batch * new_tokens / seconds)
        print(f"batch {batch}: {speeds[-1]:.1f} tokens/s")
(folder / f"peer-{batch}.json").write_text(json.dumps(output[:, prompts.shape[1]:].tolist()))
print(f"batch {batch}: median {statistics.median(speeds):.1f} tokens/s, {torch.get_num_threads()} threads,")
print(f"torch {torch.__version__}, transformers {transformers.__version__}")
