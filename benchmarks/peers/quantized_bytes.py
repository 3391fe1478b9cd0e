"""Compares every weight that `rankwise quantize` put into four bits with what bitsandbytes makes of the same base: codes,
scales and scales of scales, byte by byte.

usage: quantized_bytes.py BASE.safetensors QUANTIZED.safetensors [nf4|fp4] [BLOCK]   (nf4, 64; scales quantised too)"""
import sys
import torch
from bitsandbytes.functional import quantize_4bit
from safetensors import safe_open

code = sys.argv[3] if len(sys.argv) > 3 else "nf4"
block = int(sys.argv[4]) if len(sys.argv) > 4 else 64
base, ours = safe_open(sys.argv[1], "pt"), safe_open(sys.argv[2], "pt")
known = list(base.keys())
names = [key[: -len(".absmax")] for key in ours.keys() if key.endswith(".absmax")]
unlike = []
for name in names:
    source = name if name in known else next(k for k in known if k.endswith(name) or name.endswith(k))
    packed, state = quantize_4bit(
        base.get_tensor(source), quant_type=code, blocksize=block, compress_statistics=True)
    pairs = [("", packed), (".absmax", state.absmax), (".nested_absmax", state.state2.absmax)]
    unlike += [name + part for part, theirs in pairs
               if not torch.equal(ours.get_tensor(name + part).flatten(), theirs.flatten())]
print(f"{len(names)} weights, {len(unlike)} parts that differ", *unlike[:5])
sys.exit(1 if unlike or not names else 0)
