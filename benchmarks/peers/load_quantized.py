"""Loads what `rankwise quantize BASE --out QUANTISED` wrote with transformers and bitsandbytes.

usage: load_quantized.py QUANTISED BASE

Quantises BASE's own weights with bitsandbytes in the same form and says whether each weight has the same
bytes; then how far the logits of the two models lie apart. Ends with 1 where a byte differs.
"""

import sys

import bitsandbytes.functional
import torch
import transformers

quantised = transformers.AutoModelForCausalLM.from_pretrained(sys.argv[1])
base = transformers.AutoModelForCausalLM.from_pretrained(sys.argv[2])
own = dict(base.named_parameters())
equal, count = 0, 0
for name, weight in quantised.named_parameters():
    state = getattr(weight, "quant_state", None)
    if state is None:
        continue
    packed, again = bitsandbytes.functional.quantize_4bit(
        own[name].data.to(state.dtype),
        blocksize=state.blocksize,
        quant_type=state.quant_type,
        compress_statistics=state.nested,
    )
    count += 1
    equal += torch.equal(packed.flatten(), weight.data.flatten()) and torch.equal(
        bitsandbytes.functional.dequantize_4bit(packed, again),
        bitsandbytes.functional.dequantize_4bit(weight.data, state),
    )
print(f"{equal} of {count} weights have the bytes of bitsandbytes {bitsandbytes.__version__}")
try:
    ids = torch.arange(10, 40)[None]
    with torch.inference_mode():
        one, other = quantised(ids).logits.float(), base(ids).logits.float()
    print(f"logits differ by at most {(one - other).abs().max():.3f}, they reach {other.abs().max():.1f}")
except Exception as error:  # in blocks of 128 bitsandbytes' own product fails on CPUs
    print(f"logits not compared, the forward pass of bitsandbytes fails: {error}")
sys.exit(0 if 0 < count == equal else 1)
