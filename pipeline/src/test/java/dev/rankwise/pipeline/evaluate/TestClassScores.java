package dev.rankwise.pipeline.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TestClassScores {
  private static final MathContext DIGITS = new MathContext(40);

  @Test
  void highestScoreWinsAndTheFirstOfEquals() {
    assertThat(ClassScores.argmax(new float[] {-3, 2, 5, 4})).isEqualTo(2);
    assertThat(ClassScores.argmax(new float[] {1, 7, 7})).isEqualTo(1);
    assertThat(ClassScores.argmax(new float[] {-2})).isZero();
    assertThat(ClassScores.argmax(new float[] {Float.NEGATIVE_INFINITY, -1e30f})).isEqualTo(1);
  }

  @Test
  void crossEntropyAndProbabilitiesAreThoseOfExactArithmetic() {
    Random random = new Random(11);
    for (int round = 0; round < 50; round++) {
      float[] scores = new float[2 + random.nextInt(6)];
      for (int i = 0; i < scores.length; i++) {
        scores[i] = (float) (4 * random.nextGaussian());
      }
      BigDecimal sum = BigDecimal.ZERO;
      for (float score : scores) {
        sum = sum.add(exp(score));
      }
      double[] probabilities = ClassScores.softmax(scores);
      for (int i = 0; i < scores.length; i++) {
        double expected = exp(scores[i]).divide(sum, DIGITS).doubleValue();
        assertThat(probabilities[i]).isCloseTo(expected, within(1e-14));
        assertThat(StrictMath.exp(-ClassScores.crossEntropy(scores, i)))
            .isCloseTo(expected, within(1e-13));
      }
    }
  }

  @Test
  void crossEntropyOfKnownScores() {
    assertThat(ClassScores.crossEntropy(new float[] {0, 0, 0, 0}, 2))
        .isCloseTo(1.3862943611198906, within(1e-15));
    assertThat(ClassScores.crossEntropy(new float[] {0, (float) StrictMath.log(3)}, 0))
        .isCloseTo(StrictMath.log(4), within(1e-7));
  }

  @Test
  void largeScoresDoNotOverflow() {
    float[] scores = {3e38f, -3e38f};
    assertThat(ClassScores.crossEntropy(scores, 0)).isZero();
    assertThat(ClassScores.crossEntropy(scores, 1)).isCloseTo(6e38, within(1e32));
    assertThat(ClassScores.softmax(scores)).containsExactly(1, 0);
    assertThat(ClassScores.softmax(new float[] {1000, 1000})).containsExactly(0.5, 0.5);
  }

  /** e^x by its series, after halving the argument ten times. */
  private static BigDecimal exp(double x) {
    BigDecimal small = new BigDecimal(x).divide(BigDecimal.valueOf(1024), DIGITS);
    BigDecimal term = BigDecimal.ONE;
    BigDecimal sum = BigDecimal.ONE;
    for (int i = 1; i < 30; i++) {
      term = term.multiply(small).divide(BigDecimal.valueOf(i), DIGITS);
      sum = sum.add(term, DIGITS);
    }
    return sum.pow(1024, DIGITS);
  }
}
