package dev.rankwise.models.quantized;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.format.SafetensorsFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Codes that bitsandbytes gave, by {@code benchmarks/peers/scale_codes.py}. */
final class TestDynamicMap {
  private static final int EACH_MIDDLE = 255 * 7;

  @TempDir Path folder;

  @Test
  void aNumberNearTheMiddleOfTwoValuesHasTheCodeThatBitsandbytesGivesIt() throws IOException {
    Path file = folder.resolve("scale-codes.safetensors");
    try (InputStream resource =
        TestDynamicMap.class.getResourceAsStream("/quantized/scale-codes.safetensors")) {
      Files.copy(resource, file);
    }
    try (SafetensorsFile given = SafetensorsFile.open(file)) {
      float[] numbers = given.floats("numbers");
      ByteBuffer codes = given.bytes("codes");
      assertThat(numbers).hasSizeGreaterThan(EACH_MIDDLE);
      for (int i = 0; i < numbers.length; i++) {
        assertThat(DynamicMap.nearest(numbers[i]))
            .as("code of %s", numbers[i])
            .isEqualTo(Byte.toUnsignedInt(codes.get(i)));
      }
    }
  }
}
