package dev.rankwise.jobs.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rankwise.jobs.sweep.Figure.Unit;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TestSpread {

  @Test
  void figuresOfASpreadAreThoseOfItsValues() {
    Spread spread = Spread.of(List.of(1.0, 2.0, 6.0, Double.NaN)).orElseThrow();

    assertThat(spread.runs()).isEqualTo(3);
    assertThat(spread.mean()).isEqualTo(3);
    assertThat(spread.low()).isEqualTo(1);
    assertThat(spread.high()).isEqualTo(6);
    // (4 + 1 + 9) / 2
    assertThat(spread.deviation()).isCloseTo(Math.sqrt(7), within(1e-12));
  }

  @Test
  void oneValueHasNoDeviationAndNoneNoSpread() {
    assertThat(Spread.of(List.of(4.0))).contains(new Spread(1, 4, 4, 4, 0));
    assertThat(Spread.of(List.of(Double.NaN))).isEmpty();
  }

  @Test
  void rangeIsWrittenWhereItShows() {
    assertThat(text(Unit.SHARE, 0.791, 0.797, 0.794)).isEqualTo("79.4 % (79.1 to 79.7 %)");
    assertThat(text(Unit.SHARE, 0.79101, 0.79102)).isEqualTo("79.1 %");
    assertThat(text(Unit.BYTES, 999_000, 2_000_000)).isEqualTo("1.5 MB (999 kB to 2 MB)");
    assertThat(text(Unit.COUNT, 1200, 1200)).isEqualTo("1,200");
    assertThat(text(Unit.NUMBER, 42.031, 43.5)).isEqualTo("42.77 (42.03 to 43.50)");
    assertThat(text(Unit.NUMBER, 0)).isEqualTo("0.00");
    assertThat(text(Unit.NUMBER, 2e-5)).isEqualTo("2e-5");
    assertThat(text(Unit.NUMBER, 1234.5)).isEqualTo("1,235");
    assertThat(text(Unit.SECONDS, 10, 20)).isEqualTo("15.0 s (10.0 to 20.0 s)");
  }

  private static String text(Unit unit, double... values) {
    return Spread.of(Arrays.stream(values).boxed().toList()).orElseThrow().text(unit);
  }
}
