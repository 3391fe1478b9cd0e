package dev.rankwise.pipeline.reduce;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.models.network.GroupSum.Said;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestGroupGradient {
  private static final GroupTiming TIMING = new GroupTiming(10, 30);

  @Test
  void isIntactUntilAPartChanges() {
    GroupGradient gradient = gradient(1, 2, 3);
    assertThat(gradient.isIntact()).isTrue();
    assertThat(gradient.finite()).isTrue();
    gradient.gradient()[5] ^= 1;
    assertThat(gradient.isIntact()).isFalse();
  }

  @Test
  void checksumCoversEveryPart() {
    GroupGradient g = gradient(1, 2);
    assertThat(with(g, g.step() + 1, g.group(), g.loss(), g.examples()).isIntact()).isFalse();
    assertThat(with(g, g.step(), g.group() + 1, g.loss(), g.examples()).isIntact()).isFalse();
    assertThat(with(g, g.step(), g.group(), g.loss() + 1, g.examples()).isIntact()).isFalse();
    assertThat(with(g, g.step(), g.group(), g.loss(), g.examples() + 1).isIntact()).isFalse();
    assertThat(with(g, g.step(), g.group(), g.loss(), g.examples()).isIntact()).isTrue();
  }

  @Test
  void checksumCoversWhatWasSaidBeside() {
    GroupGradient gradient =
        GroupGradient.of(
            0,
            0,
            new float[] {1},
            1,
            1,
            1,
            List.of(new Said(7, new float[] {1, 2}, new float[] {3})),
            TIMING);
    assertThat(gradient.isIntact()).isTrue();
    gradient.asides().get(0).terms()[1]++;
    assertThat(gradient.isIntact()).isFalse();
    gradient.asides().get(0).terms()[1]--;
    gradient.asides().get(0).shares()[0]++;
    assertThat(gradient.isIntact()).isFalse();
  }

  @Test
  void timingIsNoPartOfTheResult() {
    GroupGradient one = GroupGradient.of(0, 0, new float[] {1}, 1, 1, 1, TIMING);
    GroupGradient two = GroupGradient.of(0, 0, new float[] {1}, 1, 1, 1, new GroupTiming(11, 12));
    assertThat(one.checksum()).isEqualTo(two.checksum());
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void findsANumberThatIsNotFinite(float bad) {
    assertThat(gradient(1, bad, 2).finite()).isFalse();
  }

  @Test
  void takesHugeTinyAndNegativeZeroForFinite() {
    assertThat(gradient(Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE, -0f, 0f).finite())
        .isTrue();
  }

  @Test
  void findsALossThatIsNotFinite() {
    GroupGradient gradient = GroupGradient.of(0, 0, new float[] {1}, Double.NaN, 1, 1, TIMING);
    assertThat(gradient.finite()).isFalse();
  }

  @Test
  void everyLossThatIsNoNumberArrivesIntact() throws Exception {
    double negative = Double.longBitsToDouble(0xFFF8_0000_0000_0000L);
    GroupGradient sent = GroupGradient.of(0, 0, new float[] {1}, negative, 1, 1, TIMING);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(sent);
    }

    assertThat(with(sent, 0, 0, Double.NaN, 1).isIntact()).isTrue();
    assertThat(new String(bytes.toByteArray(), StandardCharsets.ISO_8859_1))
        .contains("\u007f\u00f8\0\0\0\0\0\0");
  }

  @Test
  void travelsAsLittleMoreThanItsBytes() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
      out.writeObject(gradient(new float[10_000]));
    }
    assertThat(bytes.size()).isBetween(40_000, 41_000);
  }

  @Test
  void lengthIsNeverNegative() {
    assertThat(TIMING.seconds()).isEqualTo(20e-6);
    assertThat(new GroupTiming(30, 10).seconds()).isZero();
  }

  private static GroupGradient gradient(float... values) {
    return GroupGradient.of(3, 1, values, 2.5, 4, 40, TIMING);
  }

  private static GroupGradient with(
      GroupGradient g, long step, int group, double loss, long examples) {
    return new GroupGradient(
        step,
        group,
        g.gradient(),
        loss,
        examples,
        g.tokens(),
        g.asides(),
        g.finite(),
        g.checksum(),
        g.timing());
  }
}
