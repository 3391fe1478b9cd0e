package dev.rankwise.models.format;

import java.util.List;
import java.util.Optional;

/** The element types of a safetensors file, with their size in bytes and their name in PyTorch. */
public enum ElementType {
  F64(8, "float64"),
  F32(4, "float32"),
  F16(2, "float16"),
  BF16(2, "bfloat16"),
  I64(8, "int64"),
  I32(4, "int32"),
  I16(2, "int16"),
  I8(1, "int8"),
  U8(1, "uint8"),
  BOOL(1, "bool");

  /** The types that weights are computed from. */
  private static final List<ElementType> WEIGHTS = List.of(F32, BF16, F16);

  private final int bytes;
  private final String torchName;

  ElementType(int bytes, String torchName) {
    this.bytes = bytes;
    this.torchName = torchName;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** What PyTorch, and with it a {@code config.json}, calls it: {@code float32}. */
  public String torchName() {
    return torchName;
  }

  /** The type of weights of that name in PyTorch: float32, bfloat16 or float16. */
  public static Optional<ElementType> ofWeights(String torchName) {
    return WEIGHTS.stream().filter(type -> type.torchName.equals(torchName)).findFirst();
  }
}
