package dev.rankwise.models.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TestStopTexts {
  @Test
  void aTextWithoutStopsIsGivenAtOnce() {
    StopTexts stops = new StopTexts(List.of());
    assertThat(stops.add("abc")).isEqualTo("abc");
    assertThat(stops.finish()).isEmpty();
    assertThat(stops.found()).isFalse();
  }

  @Test
  void whatMayBeginAStopTextIsHeldBackUntilItIsSettled() {
    StopTexts stops = new StopTexts(List.of("END", "##"));
    assertThat(stops.add("one E")).isEqualTo("one ");
    assertThat(stops.add("N")).isEmpty();
    assertThat(stops.add("T#")).isEqualTo("ENT");
    assertThat(stops.finish()).isEqualTo("#");
    assertThat(stops.found()).isFalse();
  }

  @Test
  void aStopTextEndsTheTextBeforeItself() {
    StopTexts stops = new StopTexts(List.of("END"));
    assertThat(stops.add("one E")).isEqualTo("one ");
    assertThat(stops.add("ND two")).isEmpty();
    assertThat(stops.found()).isTrue();
    assertThat(stops.add("more")).isEmpty();
    assertThat(stops.finish()).isEmpty();
  }

  @Test
  void theFirstOfSeveralStopTextsCounts() {
    StopTexts stops = new StopTexts(List.of("cd", "b"));
    assertThat(stops.add("abcd")).isEqualTo("a");
    assertThat(stops.found()).isTrue();
  }

  @Test
  void aBeginningWithinABeginningIsFound() {
    StopTexts stops = new StopTexts(List.of("aab"));
    assertThat(stops.add("aa")).isEmpty();
    assertThat(stops.add("a")).isEqualTo("a");
    assertThat(stops.add("b")).isEmpty();
    assertThat(stops.found()).isTrue();
  }
}
