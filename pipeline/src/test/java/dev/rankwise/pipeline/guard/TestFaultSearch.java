package dev.rankwise.pipeline.guard;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class TestFaultSearch {

  @Property
  void allThatFailAloneAreFound(
      @ForAll @Size(min = 1, max = 4) Set<@IntRange(max = 99) Integer> bad) {
    assertThat(FaultSearch.alone(positions(100), any(bad), 4))
        .containsExactlyElementsOf(bad.stream().sorted().toList());
  }

  @Test
  void oneOfAThousandTakesTwoAttemptsForEachHalving() {
    List<int[]> asked = new ArrayList<>();
    Predicate<int[]> fails = any(Set.of(777));

    assertThat(
            FaultSearch.alone(
                positions(1000),
                part -> {
                  asked.add(part);
                  return fails.test(part);
                },
                1))
        .containsExactly(777);
    assertThat(asked).hasSizeLessThanOrEqualTo(20);
  }

  @Test
  void searchEndsWhereMoreFailThanAreLookedFor() {
    List<int[]> asked = new ArrayList<>();

    assertThat(
            FaultSearch.alone(
                positions(1024),
                part -> {
                  asked.add(part);
                  return true;
                },
                2))
        .hasSize(3);
    assertThat(asked).hasSizeLessThan(15);
  }

  @Test
  void whatFailsTogetherOnlyIsNotFound() {
    Predicate<int[]> both =
        part -> Arrays.stream(part).boxed().collect(Collectors.toSet()).containsAll(Set.of(1, 9));

    assertThat(FaultSearch.alone(positions(16), both, 4)).isEmpty();
  }

  private static int[] positions(int count) {
    return IntStream.range(0, count).toArray();
  }

  private static Predicate<int[]> any(Set<Integer> bad) {
    return part -> Arrays.stream(part).anyMatch(bad::contains);
  }
}
