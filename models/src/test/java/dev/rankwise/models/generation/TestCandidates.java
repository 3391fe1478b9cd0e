package dev.rankwise.models.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.models.failure.CorruptFileException;
import dev.rankwise.models.random.SeededStream;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Distributions worked out by hand; scores are logarithms, so the probabilities are plain. */
class TestCandidates {
  /** Probabilities 0.1, 0.4, 0.2, 0.3. */
  private static final float[] SCORES = logarithms(1, 4, 2, 3);

  private static final BitSet NONE = new BitSet();

  @Test
  void allTokensStayByFallingProbability() {
    Candidates all = Candidates.of(SCORES, NONE, new Sampling(1, 0, 1, 1));
    assertThat(all.ids()).containsExactly(1, 3, 2, 0);
    assertThat(all.probabilities())
        .containsExactly(new double[] {0.4, 0.3, 0.2, 0.1}, within(1e-7));
  }

  @Test
  void halfTheTemperatureSquaresTheOdds() {
    Candidates sharp = Candidates.of(SCORES, NONE, new Sampling(0.5, 0, 1, 1));
    assertThat(sharp.probabilities())
        .containsExactly(new double[] {16 / 30.0, 9 / 30.0, 4 / 30.0, 1 / 30.0}, within(1e-7));
  }

  @Test
  void topKKeepsTheBestAndTiesWithTheLastOfThem() {
    Candidates two = Candidates.of(SCORES, NONE, new Sampling(1, 2, 1, 1));
    assertThat(two.ids()).containsExactly(1, 3);
    assertThat(two.probabilities()).containsExactly(new double[] {4 / 7.0, 3 / 7.0}, within(1e-7));
    Candidates tied = Candidates.of(logarithms(2, 1, 2, 4), NONE, new Sampling(1, 2, 1, 1));
    assertThat(tied.ids()).containsExactly(3, 0, 2);
    assertThat(Candidates.of(SCORES, NONE, new Sampling(1, 9, 1, 1)).ids()).hasSize(4);
  }

  @Test
  void topPKeepsATokenWhileThoseBeforeItSumToLess() {
    assertThat(Candidates.of(SCORES, NONE, new Sampling(1, 0, 0.39, 1)).ids()).containsExactly(1);
    assertThat(Candidates.of(SCORES, NONE, new Sampling(1, 0, 0.41, 1)).ids())
        .containsExactly(1, 3);
    assertThat(Candidates.of(SCORES, NONE, new Sampling(1, 0, 0.69, 1)).ids())
        .containsExactly(1, 3);
    assertThat(Candidates.of(SCORES, NONE, new Sampling(1, 0, 0.71, 1)).ids())
        .containsExactly(1, 3, 2);
    assertThat(Candidates.of(SCORES, NONE, new Sampling(1, 0, 0.99, 1)).ids()).hasSize(4);
  }

  @Test
  void topPLeavesOutATokenBeforeWhichJustPIsReached() {
    float[] four = {0, 0, 0, 0};
    assertThat(Candidates.of(four, NONE, new Sampling(1, 0, 0.5, 1)).ids()).containsExactly(0, 1);
    assertThat(Candidates.of(four, NONE, new Sampling(1, 0, 0.25, 1)).ids()).containsExactly(0);
  }

  /** After top-k the rest is a distribution of its own, in which top-p is measured. */
  @Test
  void topPComesAfterTopK() {
    Candidates both = Candidates.of(SCORES, NONE, new Sampling(1, 2, 0.5, 1));
    assertThat(both.ids()).containsExactly(1);
    assertThat(both.probabilities()).containsExactly(1);
  }

  @Test
  void thePenaltyDividesScoresAboveZeroAndMultipliesOthers() {
    float[] scores = {2, -1, 1.5f, 0};
    BitSet seen = new BitSet();
    seen.set(0);
    seen.set(1);
    Candidates penalised = Candidates.of(scores, seen, new Sampling(1, 0, 1, 2));
    double sum = Math.exp(1) + Math.exp(-2) + Math.exp(1.5) + 1;
    assertThat(penalised.ids()).containsExactly(2, 0, 3, 1);
    assertThat(penalised.probabilities())
        .containsExactly(
            new double[] {
              Math.exp(1.5) / sum, Math.exp(1) / sum, 1 / sum, Math.exp(-2) / sum,
            },
            within(1e-7));
    assertThat(Candidates.of(scores, seen, new Sampling(0, 0, 1, 2)).ids()).containsExactly(2);
  }

  @Test
  void ofEqualScoresTheLowestIdIsTheBest() {
    assertThat(Candidates.of(new float[] {1, 3, 3}, NONE, new Sampling(0, 0, 1, 1.1)).at(0))
        .isEqualTo(1);
  }

  @Test
  void aDrawFallsIntoTheCandidatesStretchOfTheUnit() {
    Candidates all = Candidates.of(SCORES, NONE, new Sampling(1, 0, 1, 1));
    assertThat(all.at(0)).isEqualTo(1);
    assertThat(all.at(0.399)).isEqualTo(1);
    assertThat(all.at(0.401)).isEqualTo(3);
    assertThat(all.at(0.899)).isEqualTo(2);
    assertThat(all.at(0.999999)).isEqualTo(0);
    assertThat(new Candidates(new int[] {4}, new double[] {0.5}).at(0.9)).isEqualTo(4);
  }

  /** Pearson's statistic over 4 classes; 16.27 is its 99.9 % quantile at 3 degrees of freedom. */
  @Test
  void drawsOfASeedFollowTheProbabilities() {
    Candidates all = Candidates.of(SCORES, NONE, new Sampling(1, 0, 1, 1));
    int draws = 20_000;
    int[] counts = new int[4];
    for (int i = 0; i < draws; i++) {
      counts[all.at(new SeededStream(17, i).nextDouble())]++;
    }
    double[] expected = {0.1, 0.4, 0.2, 0.3};
    double statistic = 0;
    for (int i = 0; i < 4; i++) {
      double mean = expected[i] * draws;
      statistic += (counts[i] - mean) * (counts[i] - mean) / mean;
    }
    assertThat(statistic).isLessThan(16.27);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
  void nothingIsChosenFromScoresThatAreNotFinite(float score) {
    float[] scores = {1, score};
    assertThatThrownBy(() -> Candidates.of(scores, NONE, new Sampling(1, 0, 1, 1)))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("not finite");
  }

  private static float[] logarithms(double... odds) {
    float[] scores = new float[odds.length];
    for (int i = 0; i < odds.length; i++) {
      scores[i] = (float) Math.log(odds[i]);
    }
    return scores;
  }
}
