package dev.rankwise.models.quantized;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The largest magnitude of each block of a weight. */
public sealed interface BlockScales {

  /** One scale a block, as the weight's numbers are made with it. */
  float[] absmax();

  /** What is held of each block, little-endian: a float32, or a byte. */
  ByteBuffer stored();

  /**
   * Held as they are.
   *
   * @param absmax one a block
   */
  record Plain(float[] absmax) implements BlockScales {

    public Plain {
      absmax = absmax.clone();
    }

    @Override
    public float[] absmax() {
      return absmax.clone();
    }

    @Override
    public ByteBuffer stored() {
      return bytes(absmax);
    }
  }

  /**
   * Held in eight bits: scale b is {@code map[codes[b]] · nested[b / 256] + offset}.
   *
   * @param codes one a block
   * @param map the 256 values that codes stand for, ascending
   * @param nested scales of the scales
   * @param offset mean of the scales
   */
  record Nested(byte[] codes, float[] map, float[] nested, float offset) implements BlockScales {

    public Nested {
      codes = codes.clone();
      map = map.clone();
      nested = nested.clone();
    }

    @Override
    public byte[] codes() {
      return codes.clone();
    }

    @Override
    public float[] map() {
      return map.clone();
    }

    @Override
    public float[] nested() {
      return nested.clone();
    }

    @Override
    public float[] absmax() {
      float[] absmax = new float[codes.length];
      for (int b = 0; b < absmax.length; b++) {
        float scaled = map[codes[b] & 0xff] * nested[b / FourBitLayout.SCALES_OF_A_BLOCK];
        absmax[b] = scaled + offset;
      }
      return absmax;
    }

    @Override
    public ByteBuffer stored() {
      return ByteBuffer.wrap(codes).asReadOnlyBuffer();
    }

    /** The map, the offset and the scales of the scales in one vector, as kernels read them. */
    public float[] parameters() {
      float[] parameters = new float[map.length + 1 + nested.length];
      System.arraycopy(map, 0, parameters, 0, map.length);
      parameters[map.length] = offset;
      System.arraycopy(nested, 0, parameters, map.length + 1, nested.length);
      return parameters;
    }
  }

  /** Floats as bytes, little-endian. */
  static ByteBuffer bytes(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(values.length, Float.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return bytes;
  }
}
