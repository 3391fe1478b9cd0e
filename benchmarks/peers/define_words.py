"""conf/define-words.yaml by PEFT, on the rows and with the settings of a run of ours.

usage: define_words.py BASE DATA [SEED]

BASE is models/dictionary, DATA the folder `data` of a run folder that `rankwise tune conf/define-words.yaml`
made. A step takes 8 of its packed sequences, in an order drawn by SEED, and lays their texts side by side,
padded on the right; the loss is the mean over the step's target tokens, as ours. Prints the held-out loss
before and after, and the tokens a second of the steps. Needs pyarrow beside PEFT.
"""

import glob
import json
import math
import statistics
import sys
import time

import peft
import pyarrow.parquet as parquet
import torch
import transformers

BATCH, STEPS, WARMUP, RATE = 8, 300, 18, 2e-3
base, data = sys.argv[1], sys.argv[2]
seed = int(sys.argv[3]) if len(sys.argv) > 3 else 0
torch.manual_seed(seed)


def texts(split):
    """Texts of each sequence in order: pairs of ids and labels."""
    rows = [row for file in glob.glob(f"{data}/{split}/*.parquet") for row in parquet.read_table(file).to_pylist()]
    rows.sort(key=lambda row: row["position"])
    sequences = []
    for row in rows:
        ends = row["starts"][1:] + [len(row["ids"])]
        sequences.append(
            [
                (row["ids"][a:b], [i if t else -100 for i, t in zip(row["ids"][a:b], row["trained"][a:b])])
                for a, b in zip(row["starts"], ends)
            ]
        )
    return sequences


def loss_sum(model, batch):
    """Sum over the targets, their number, and the number of real tokens."""
    width = max(len(ids) for ids, _ in batch)
    ids = torch.tensor([ids + [1] * (width - len(ids)) for ids, _ in batch])
    labels = torch.tensor([labels + [-100] * (width - len(labels)) for _, labels in batch])
    mask = torch.tensor([[1] * len(ids) + [0] * (width - len(ids)) for ids, _ in batch])
    logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1].float()
    target = labels[:, 1:]
    total = torch.nn.functional.cross_entropy(logits.flatten(0, 1), target.flatten(), ignore_index=-100, reduction="sum")
    return total, int((target != -100).sum()), int(mask.sum())


def evaluated(model, sequences):
    model.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for i in range(0, len(sequences), BATCH):
            part, targets, _ = loss_sum(model, [text for sequence in sequences[i : i + BATCH] for text in sequence])
            total, count = total + part.item(), count + targets
    model.train()
    return total / count


train, test = texts("train"), texts("test")
model = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
before = evaluated(model, test)
config = peft.LoraConfig(r=16, lora_alpha=32, target_modules="all-linear", task_type="CAUSAL_LM")
model = peft.get_peft_model(model, config)
trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
optimizer = torch.optim.AdamW(trained, lr=RATE, weight_decay=0.01)
schedule = transformers.get_linear_schedule_with_warmup(optimizer, WARMUP, STEPS)
order = torch.randperm(len(train), generator=torch.Generator().manual_seed(seed)).tolist()
speeds = []
for step in range(STEPS):
    begun = time.perf_counter()
    batch = [text for i in order[step * BATCH : (step + 1) * BATCH] for text in train[i]]
    total, count, tokens = loss_sum(model, batch)
    (total / count).backward()
    torch.nn.utils.clip_grad_norm_(trained, 1.0)
    optimizer.step()
    schedule.step()
    optimizer.zero_grad()
    speeds.append(tokens / (time.perf_counter() - begun))
after = evaluated(model, test)
print(
    json.dumps(
        {
            "seed": seed,
            "trained": sum(parameter.numel() for parameter in trained),
            "loss_before": round(before, 4),
            "loss_after": round(after, 4),
            "perplexity_after": round(math.exp(after), 2),
            "tokens_per_second": round(statistics.median(speeds[20:]), 1),
        }
    )
)
