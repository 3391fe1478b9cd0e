package dev.rankwise.models.network;

import dev.rankwise.models.format.ElementType;

/** The element type in which a frozen base is held and its products are computed. */
public enum BaseType {
  FLOAT32(4, 6),
  BFLOAT16(2, 15);

  private final int bytes;
  private final int scalarType;

  BaseType(int bytes, int scalarType) {
    this.bytes = bytes;
    this.scalarType = scalarType;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** The type as files name it. */
  public ElementType stored() {
    return this == FLOAT32 ? ElementType.F32 : ElementType.BF16;
  }

  /** libtorch's number of the type, as kernel texts write it. */
  int scalarType() {
    return scalarType;
  }
}
