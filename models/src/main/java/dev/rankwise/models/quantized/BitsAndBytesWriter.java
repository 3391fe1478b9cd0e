package dev.rankwise.models.quantized;

import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.format.StoredTensor;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Writes a weight in four bits as bitsandbytes does; {@link BitsAndBytesTensors} says how. */
public final class BitsAndBytesWriter {
  private BitsAndBytesWriter() {}

  /**
   * The tensors that stand for a weight in four bits.
   *
   * @param weight name of the weight
   */
  public static List<StoredTensor> parts(String weight, QuantizedTensor tensor) {
    FourBitLayout layout = tensor.layout();
    List<StoredTensor> parts = new ArrayList<>();
    long bytes = layout.packedBytes();
    parts.add(new StoredTensor(weight, ElementType.U8, List.of(bytes, 1L), tensor.packed()));
    float[] map = layout.form().code().entries();
    parts.add(floats(weight + BitsAndBytesTensors.MAP, map));
    if (tensor.scales() instanceof BlockScales.Nested scales) {
      byte[] codes = scales.codes();
      parts.add(
          new StoredTensor(
              weight + BitsAndBytesTensors.ABSMAX,
              ElementType.U8,
              List.of((long) codes.length),
              ByteBuffer.wrap(codes)));
      parts.add(floats(weight + BitsAndBytesTensors.NESTED_ABSMAX, scales.nested()));
      parts.add(floats(weight + BitsAndBytesTensors.NESTED_MAP, scales.map()));
    } else {
      parts.add(floats(weight + BitsAndBytesTensors.ABSMAX, tensor.scales().absmax()));
    }
    byte[] state = state(tensor).getBytes(StandardCharsets.UTF_8);
    parts.add(
        new StoredTensor(
            weight + BitsAndBytesTensors.STATE + layout.form().code().lowerCaseName(),
            ElementType.U8,
            List.of((long) state.length),
            ByteBuffer.wrap(state)));
    return parts;
  }

  private static StoredTensor floats(String name, float[] values) {
    return StoredTensor.ofFloats(name, List.of((long) values.length), values);
  }

  /** As Python writes it, so that the bytes are those of bitsandbytes. */
  private static String state(QuantizedTensor tensor) {
    FourBitLayout layout = tensor.layout();
    String nested =
        tensor.scales() instanceof BlockScales.Nested scales
            ? ", \"nested_blocksize\": %s, \"nested_dtype\": \"float32\", \"nested_offset\": %s"
                .formatted(FourBitLayout.SCALES_OF_A_BLOCK, number(scales.offset()))
            : "";
    return "{\"quant_type\": \"%s\", \"blocksize\": %s, \"dtype\": \"%s\", \"shape\": %s%s}"
        .formatted(
            layout.form().code().lowerCaseName(),
            layout.form().blockSize(),
            layout.source().torchName(),
            layout.shape(),
            nested);
  }

  /** A number as Python's {@code repr} writes it: with an exponent below 1e-4 and from 1e16 on. */
  static String number(double value) {
    BigDecimal digits = new BigDecimal(Double.toString(value));
    int exponent = digits.signum() == 0 ? 0 : digits.precision() - digits.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = digits.stripTrailingZeros().toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    BigDecimal mantissa = digits.movePointLeft(exponent).stripTrailingZeros();
    String power = Integer.toString(Math.abs(exponent));
    return mantissa.toPlainString()
        + (exponent < 0 ? "e-" : "e+")
        + (power.length() < 2 ? "0" : "")
        + power;
  }
}
