package dev.rankwise.models.random;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.format.Sha256;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TestDropoutKey {
  private static final DropoutKey KEY = new DropoutKey(7, 3, 1);
  private static final String MODULE = "model.layers.0.self_attn.q_proj";

  @Test
  void elementsTakeHalvesOfTheWordsOfOneStream() {
    long word = Long.parseUnsignedLong(Sha256.ofText(MODULE).substring(0, 16), 16);
    SeededStream ofStep = new SeededStream(new SeededStream(7, word).nextLong(), 3);
    SeededStream words = new SeededStream(ofStep.nextLong(), 1);
    byte[] mask = KEY.mask(MODULE, 0.3, 0, 5, 7);
    for (int place = 0; place < mask.length; place += 2) {
      long both = words.nextLong();
      assertThat(mask[place]).isEqualTo((byte) ((both & 0xFFFFFFFFL) < 0.3 * 0x1p32 ? 1 : 0));
      if (place + 1 < mask.length) {
        assertThat(mask[place + 1]).isEqualTo((byte) ((both >>> 32) < 0.3 * 0x1p32 ? 1 : 0));
      }
    }
  }

  @Test
  void factorsOfJitterLieAroundOneAndAreAStreamOfTheirOwn() {
    float[] factors = KEY.factors(MODULE, 0.1, 0, 400, 1000);
    double sum = 0;
    for (float factor : factors) {
      assertThat(factor).isBetween(0.9f, 1.1f);
      sum += factor;
    }
    assertThat(Math.abs(sum / factors.length - 1)).isLessThan(0.1 / Math.sqrt(400_000));
    assertThat(KEY.factors(MODULE, 0.1, 2, 3, 5))
        .containsExactly(Arrays.copyOfRange(KEY.factors(MODULE, 0.1, 0, 5, 5), 10, 25));
    assertThat(KEY.plus(1).factors(MODULE, 0.1, 0, 1, 5))
        .isNotEqualTo(KEY.factors(MODULE, 0.1, 0, 1, 5));
    assertThat(KEY.factors(MODULE, 0, 0, 2, 2)).containsOnly(1f);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.01, 0.1, 0.5, 0.99})
  void theShareThatIsDroppedIsTheProbability(double probability) {
    int size = 400_000;
    byte[] mask = KEY.mask(MODULE, probability, 0, 400, 1000);
    int dropped = 0;
    for (byte each : mask) {
      dropped += each;
    }
    double deviation = Math.sqrt(probability * (1 - probability) * size);
    assertThat(Math.abs(dropped - probability * size)).isLessThanOrEqualTo(5 * deviation);
  }

  @Test
  void seedStepMicroBatchAndModuleEachGiveAnotherMask() {
    List<byte[]> masks = new ArrayList<>();
    masks.add(KEY.mask(MODULE, 0.5, 0, 4, 16));
    masks.add(KEY.plus(1).mask(MODULE, 0.5, 0, 4, 16));
    masks.add(new DropoutKey(8, 3, 1).mask(MODULE, 0.5, 0, 4, 16));
    masks.add(new DropoutKey(7, 4, 1).mask(MODULE, 0.5, 0, 4, 16));
    masks.add(new DropoutKey(7, 1, 3).mask(MODULE, 0.5, 0, 4, 16));
    masks.add(KEY.mask("model.layers.0.self_attn.v_proj", 0.5, 0, 4, 16));
    Set<String> different = new LinkedHashSet<>();
    masks.forEach(mask -> different.add(Arrays.toString(mask)));
    assertThat(different).hasSameSizeAs(masks);
    assertThat(new DropoutKey(7, 3, 0).plus(1)).isEqualTo(KEY);
  }

  @Property(tries = 100)
  void someRowsOfAMaskAreThoseOfTheWhole(
      @ForAll @IntRange(min = 1, max = 9) int width,
      @ForAll @IntRange(min = 0, max = 5) int first,
      @ForAll @IntRange(min = 0, max = 5) int rows,
      @ForAll @DoubleRange(min = 0, max = 0.9) double probability) {
    byte[] whole = KEY.mask(MODULE, probability, 0, 10, width);
    assertThat(KEY.mask(MODULE, probability, first, rows, width))
        .isEqualTo(Arrays.copyOfRange(whole, first * width, (first + rows) * width));
  }
}
