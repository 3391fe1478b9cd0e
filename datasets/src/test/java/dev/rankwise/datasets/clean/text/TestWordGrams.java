package dev.rankwise.datasets.clean.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class TestWordGrams {

  @Test
  void aTextHasARunAtEachWordThatIsFollowedByEnough() {
    assertThat(WordGrams.of("one two three four five six", 5)).hasSize(2);
    assertThat(WordGrams.of("one two three", 5)).hasSize(1);
    assertThat(WordGrams.of(" .,!\n", 5)).isEmpty();
    assertThat(WordGrams.of("a b a b a b", 2)).hasSize(5);
    assertThat(WordGrams.distinct("a b a b a b", 2)).hasSize(2).isSorted();
  }

  @Test
  void caseAndPunctuationMakeNoDifference() {
    assertThat(WordGrams.of("The quick, BROWN fox!", 3))
        .isEqualTo(WordGrams.of("the\n quick brown (fox)", 3));
    assertThat(WordGrams.of("to day", 5)).isNotEqualTo(WordGrams.of("today", 5));
    assertThat(WordGrams.of("a b", 5)).isNotEqualTo(WordGrams.of("b a", 5));
  }

  @Test
  void ideographsAreWordsByThemselves() {
    assertThat(WordGrams.count("我爱北京天安门")).isEqualTo(7);
    assertThat(WordGrams.count("私はRankwise2を使う")).isEqualTo(6);
    assertThat(WordGrams.count("e\u0301te\u0301 naïve 안녕하세요")).isEqualTo(3);
  }

  @Test
  void similarityIsThatOfSets() {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      long[] a = LongStream.range(0, random.nextInt(20)).map(i -> random.nextInt(15)).toArray();
      long[] b = LongStream.range(0, random.nextInt(20)).map(i -> random.nextInt(15)).toArray();
      TreeSet<Long> first = Arrays.stream(a).boxed().collect(Collectors.toCollection(TreeSet::new));
      TreeSet<Long> second =
          Arrays.stream(b).boxed().collect(Collectors.toCollection(TreeSet::new));
      TreeSet<Long> all = new TreeSet<>(first);
      all.addAll(second);
      TreeSet<Long> both = new TreeSet<>(first);
      both.retainAll(second);
      double expected = all.isEmpty() ? 0 : (double) both.size() / all.size();
      assertThat(WordGrams.jaccard(sorted(first), sorted(second))).isEqualTo(expected);
    }
  }

  /** Two sets agree in a hash with the probability of their similarity; 4,000 sets are tried. */
  @Test
  void setsMeetAsOftenAsTheFormulaSays() {
    Random random = new Random(11);
    int met = 0;
    int tries = 4_000;
    int common = 14;
    int own = 3;
    double similarity = (double) common / (common + 2 * own);
    for (int round = 0; round < tries; round++) {
      long[] shared = random.longs(common).toArray();
      long[] a = LongStream.concat(Arrays.stream(shared), random.longs(own)).toArray();
      long[] b = LongStream.concat(Arrays.stream(shared), random.longs(own)).toArray();
      long[] first = MinHash.buckets(a);
      long[] second = MinHash.buckets(b);
      // One band alone, so that the probability is far from 1 and a wrong formula shows.
      met += first[0] == second[0] ? 1 : 0;
    }
    double expected = Math.pow(similarity, MinHash.ROWS);
    double deviation = Math.sqrt(expected * (1 - expected) / tries);
    assertThat((double) met / tries).isCloseTo(expected, within(4 * deviation));
  }

  @Test
  void bandsAreIndependentOfTheOrderOfMembers() {
    long[] members = {5, -3, 8, 1};
    long[] turned = {1, 8, 5, -3};
    assertThat(MinHash.buckets(members)).isEqualTo(MinHash.buckets(turned)).hasSize(MinHash.BANDS);
    assertThat(Arrays.stream(MinHash.buckets(members)).distinct().count()).isEqualTo(MinHash.BANDS);
  }

  private static long[] sorted(SortedSet<Long> set) {
    return set.stream().mapToLong(Long::longValue).toArray();
  }
}
