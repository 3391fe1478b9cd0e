package dev.rankwise.adapters.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

final class TestSpectrum {

  @Test
  void equalValuesCountEachAndZerosDoNot() {
    assertThat(new Spectrum(new double[] {3, 3, 3, 0, 0}).effectiveRank())
        .isCloseTo(3, within(1e-12));
    assertThat(new Spectrum(new double[] {5, 0}).effectiveRank()).isCloseTo(1, within(1e-12));
    assertThat(new Spectrum(new double[] {0, 0}).effectiveRank()).isZero();
    assertThat(new Spectrum(new double[0]).effectiveRank()).isZero();
  }

  @Test
  void theEffectiveRankIsTheExponentialOfTheEntropy() {
    double entropy = -(0.75 * Math.log(0.75) + 0.25 * Math.log(0.25));
    assertThat(new Spectrum(new double[] {3, 1}).effectiveRank())
        .isCloseTo(Math.exp(entropy), within(1e-12));
  }

  @Test
  void aRankHoldsAShareOfTheSquares() {
    Spectrum spectrum = new Spectrum(new double[] {3, 1, 0});
    assertThat(spectrum.norm()).isCloseTo(Math.sqrt(10), within(1e-12));
    assertThat(spectrum.rankHolding(0.9)).isEqualTo(1);
    assertThat(spectrum.rankHolding(0.95)).isEqualTo(2);
    assertThat(new Spectrum(new double[2]).rankHolding(0.9)).isZero();
  }

  @Test
  void similarityIsTheSharedPartOfTheSmallerSpace() {
    double[][] one = {{1, 0, 0}, {0, 1, 0}};
    double half = Math.sqrt(0.5);
    double[][] other = {{0, 0, 1}, {half, half, 0}, {half, -half, 0}};
    double[][] similarity = SubspaceSimilarity.of(one, other);
    assertThat(similarity[0]).containsExactly(new double[] {0, 0.5, 1}, within(1e-12));
    assertThat(similarity[1]).containsExactly(new double[] {0, 0.5, 1}, within(1e-12));
    assertThat(SubspaceSimilarity.of(one, one)[1][1]).isCloseTo(1, within(1e-12));
  }

  @Test
  void aVectorWithoutLengthTurnsByNothing() {
    float[] start = {0, 0, 3, 4};
    float[] later = {1, 0, 6, 8};
    WeightChange change = WeightChange.of(start, later, 2, 2, VectorAxis.ROWS);
    assertThat(change.magnitude()).isEqualTo((1 + 5) / 2.0);
    assertThat(change.direction()).isZero();
    assertThat(change.length()).isEqualTo(2.5);
  }

  @Test
  void oneChangeAloneHasNoCorrelation() {
    assertThat(ChangeCorrelation.of(List.of())).isEmpty();
    assertThat(ChangeCorrelation.of(List.of(new WeightChange(1, 0.1, 1)))).isEmpty();
    assertThat(
            ChangeCorrelation.of(
                    List.of(new WeightChange(1, 0.1, 1), new WeightChange(0.5, 0.2, 1)))
                .orElseThrow())
        .isCloseTo(-1, within(1e-12));
  }

  @Test
  void aModuleStandsInTheLayerOfItsFirstNumber() {
    ModulePlace place = ModulePlace.of("bert.encoder.layer.3.attention.self.query");
    assertThat(place.layer()).hasValue(3);
    assertThat(place.projection()).isEqualTo("attention.self.query");
    assertThat(ModulePlace.of("h.11.mlp.c_fc").layer()).hasValue(11);
    assertThat(ModulePlace.of("bert.pooler.dense").layer()).isEmpty();
    assertThat(ModulePlace.of("bert.pooler.dense").projection()).isEqualTo("bert.pooler.dense");
  }
}
