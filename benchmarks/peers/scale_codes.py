"""Writes numbers close to where bitsandbytes' eight-bit code of scales changes, and the codes it gives them, for a
test. Each block of 256 ends with 1, so that numbers are divided by 1.

usage: scale_codes.py OUT.safetensors"""
import sys
import numpy as np
import torch
from bitsandbytes.functional import create_dynamic_map, quantize_blockwise
from safetensors.numpy import save_file

torch.set_num_threads(1)
code = create_dynamic_map(signed=True).float()


def codes(numbers):
    blocks = -(-len(numbers) // 255)
    filled = np.zeros((blocks, 256), np.float32)
    filled[:, 255] = 1
    flat = np.zeros(blocks * 255, np.float32)
    flat[: len(numbers)] = numbers
    filled[:, :255] = flat.reshape(blocks, 255)
    out, _ = quantize_blockwise(torch.from_numpy(filled.reshape(-1)), code=code, blocksize=256)
    return out.numpy().reshape(blocks, 256)[:, :255].reshape(-1)[: len(numbers)]


values = code.double().numpy()
low, high = values[:-1].copy(), values[1:].copy()
low[0] = -1
for _ in range(60):
    middle = ((low + high) / 2).astype(np.float32).astype(np.float64)
    above = codes(middle.astype(np.float32)) >= np.arange(1, 256)
    high, low = np.where(above, middle, high), np.where(above, low, middle)
steps = np.random.default_rng(0).integers(-300, 300, (len(high), 7))
steps[:, :3] = [0, -1, 1]
numbers = (high.astype(np.float32).view(np.int32)[:, None] + steps).astype(np.int32).view(np.float32).reshape(-1)
numbers = numbers[(numbers >= -1) & (numbers <= 1)]
numbers = np.append(numbers, np.float32([-1, 1, 0, -0.986748, 0.0465705]))
save_file({"numbers": numbers, "codes": codes(numbers)}, sys.argv[1])
