package dev.rankwise.models.quantized;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.format.ElementType;
import dev.rankwise.models.quantized.BaseForm.BlockScaling;
import dev.rankwise.models.quantized.BaseForm.FourBit;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestFourBitQuantizer {

  /** Of normally distributed numbers, whatever becomes of the scales; methods' own measure. */
  @ParameterizedTest
  @EnumSource(BlockScaling.class)
  void normalNumbersLoseNineHundredths(BlockScaling scaling) {
    float[] weight = normal(1 << 16, 5);
    float[] again = quantized(weight, FourBitCode.NF4, scaling).floats();
    double error = 0;
    double square = 0;
    for (int i = 0; i < weight.length; i++) {
      error += (double) (weight[i] - again[i]) * (weight[i] - again[i]);
      square += (double) weight[i] * weight[i];
    }
    assertThat(Math.sqrt(error / square)).isBetween(0.08, 0.093);
  }

  @ParameterizedTest
  @EnumSource(FourBitCode.class)
  void eachNumberGoesToTheNearestValue(FourBitCode code) {
    float[] values = code.entries();
    for (float number = -1; number <= 1; number += 0.001f) {
      float nearest = code.value(code.nearest(number));
      for (float value : values) {
        assertThat(Math.abs(number - nearest))
            .isLessThanOrEqualTo(Math.abs(number - value) + 1e-7f);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(FourBitCode.class)
  void theMiddleBetweenTwoValuesGoesDown(FourBitCode code) {
    float[] ascending = code.entries();
    Arrays.sort(ascending);
    for (int i = 1; i < ascending.length; i++) {
      if (ascending[i] != ascending[i - 1]) {
        float middle = (ascending[i - 1] + ascending[i]) / 2;
        assertThat(code.value(code.nearest(middle))).isEqualTo(ascending[i - 1]);
        assertThat(code.value(code.nearest(Math.nextUp(middle)))).isEqualTo(ascending[i]);
      }
    }
  }

  @Test
  void blocksRunOnOverTheEndsOfRows() {
    // Rows of 48: the first block is a row and a third.
    float[] weight = new float[2 * 48];
    weight[50] = 8;
    weight[70] = 2;
    QuantizedTensor tensor =
        FourBitQuantizer.quantize(
            "w", weight, layout(FourBitCode.NF4, BlockScaling.SINGLE, ElementType.F32, 2, 48));

    assertThat(tensor.scales().absmax()).containsExactly(8, 2);
    assertThat(tensor.floats()).containsExactly(weight);
  }

  @Test
  void anOddCountEndsInAHalfByteOfZero() {
    float[] weight = {1, -1, 0.5f};
    QuantizedTensor tensor =
        FourBitQuantizer.quantize(
            "w", weight, layout(FourBitCode.NF4, BlockScaling.SINGLE, ElementType.F32, 1, 3));

    assertThat(tensor.packed()).isEqualTo(ByteBuffer.wrap(new byte[] {(byte) 0xf0, (byte) 0xc7}));
  }

  @ParameterizedTest
  @EnumSource(FourBitCode.class)
  void aBlockOfZerosComesBackAsZeros(FourBitCode code) {
    float[] weight = new float[128];
    weight[3] = 1;
    float[] again = quantized(weight, code, BlockScaling.SINGLE).floats();

    assertThat(again).containsExactly(weight);
  }

  @Test
  void oneLargeNumberLeavesItsBlockNothing() {
    float[] weight = normal(192, 6);
    weight[70] = 1e30f;
    float[] again = quantized(weight, FourBitCode.NF4, BlockScaling.SINGLE).floats();

    assertThat(again[70]).isEqualTo(1e30f);
    assertThat(again[71]).isZero();
    assertThat(again[0]).isCloseTo(weight[0], within(0.5f));
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void aNumberThatIsNotFiniteIsRefused(float bad) {
    float[] weight = normal(64, 7);
    weight[9] = bad;

    assertThatThrownBy(() -> quantized(weight, FourBitCode.NF4, BlockScaling.DOUBLE))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("\"w\"")
        .hasMessageContaining(Float.toString(bad));
  }

  /** 70,000 rounds to infinity in float16. */
  @Test
  void aNumberThatItsTypeCannotHoldIsRefused() {
    float[] weight = {70_000, 1};

    assertThatThrownBy(
            () ->
                FourBitQuantizer.quantize(
                    "w",
                    weight,
                    layout(FourBitCode.NF4, BlockScaling.SINGLE, ElementType.F16, 1, 2)))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("Infinity");
  }

  @Test
  void numbersAreRoundedToTheTypeOfTheBaseBeforeAndAfter() {
    float[] weight = normal(256, 8);
    FourBitLayout narrow = layout(FourBitCode.NF4, BlockScaling.DOUBLE, ElementType.BF16, 4, 64);
    float[] again = FourBitQuantizer.quantize("w", weight, narrow).floats();

    for (float value : again) {
      assertThat(Float.floatToRawIntBits(value) & 0xffff).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 16, 48, 96, 8192, -64})
  void otherSizesOfBlocksAreNone(int size) {
    assertThat(FourBit.isBlockSize(size)).isFalse();
    assertThatThrownBy(() -> new FourBit(FourBitCode.NF4, size, BlockScaling.SINGLE))
        .isInstanceOf(InternalException.class);
  }

  /** Beyond 16 · 8 · 4 numbers sums are carried up; they stay within float32's rounding. */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 8, 33, 513, 4_096, 100_001})
  void sumsAreCloseToThoseInDouble(int size) {
    float[] numbers = normal(size, 9);
    double sum = 0;
    double magnitudes = 0;
    for (float number : numbers) {
      sum += number;
      magnitudes += Math.abs(number);
    }
    assertThat((double) TorchSum.of(numbers)).isCloseTo(sum, within(1e-6 * magnitudes));
  }

  @Test
  void bothValuesOfAByteStandSideBySide() {
    float[] pairs = FourBitCode.NF4.pairs();

    assertThat(pairs).hasSize(512);
    assertThat(pairs[2 * 0x1f]).isEqualTo(FourBitCode.NF4.value(1));
    assertThat(pairs[2 * 0x1f + 1]).isEqualTo(FourBitCode.NF4.value(15));
  }

  private static QuantizedTensor quantized(float[] weight, FourBitCode code, BlockScaling scaling) {
    return FourBitQuantizer.quantize(
        "w", weight, layout(code, scaling, ElementType.F32, 1, weight.length));
  }

  private static FourBitLayout layout(
      FourBitCode code, BlockScaling scaling, ElementType source, long rows, long columns) {
    return new FourBitLayout(new FourBit(code, 64, scaling), source, List.of(rows, columns));
  }

  private static float[] normal(int size, long seed) {
    Random random = new Random(seed);
    float[] numbers = new float[size];
    for (int i = 0; i < size; i++) {
      numbers[i] = (float) (0.05 * random.nextGaussian());
    }
    return numbers;
  }
}
