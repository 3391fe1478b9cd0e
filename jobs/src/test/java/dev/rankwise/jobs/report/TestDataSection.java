package dev.rankwise.jobs.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.Funnel;
import dev.rankwise.datasets.source.RejectionReason;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TestDataSection {
  private static final String LONGER = "3 texts were longer than the limit of 128 tokens and ";

  @ParameterizedTest
  @CsvSource({
    "right, were cut there.",
    "left, lost their start.",
    "split, were split into pieces of that length; pieces without a target are left out."
  })
  void textsOverTheLimitAreSaidToBecomeWhatTheRecipeMadeOfThem(String truncation, String became) {
    DataManifest data = manifest(Map.of("truncation", truncation), Map.of(), 3);

    assertThat(DataSection.truncation(data)).isEqualTo(LONGER + became);
  }

  @Test
  void textsThatAreDroppedAreAmongTheRejectedOnes() {
    Map<String, String> drop = Map.of("truncation", "drop");
    DataManifest data = manifest(drop, Map.of(RejectionReason.TOO_MANY_TOKENS, 3L), 0);

    assertThat(DataSection.truncation(data)).isEqualTo(LONGER + "were left out.");
  }

  @Test
  void labelledTextsKnowOneWayOnly() {
    assertThat(DataSection.truncation(manifest(Map.of(), Map.of(), 3)))
        .isEqualTo(LONGER + "were cut there.");
  }

  private static DataManifest manifest(
      Map<String, String> settings, Map<RejectionReason, Long> rejected, long truncated) {
    DataManifest usual = ReportFixture.quickStart().report().data();
    long lost = rejected.values().stream().mapToLong(Long::longValue).sum();
    return new DataManifest(
        usual.format(),
        usual.version(),
        usual.kind(),
        usual.freshness(),
        usual.contentSha256(),
        usual.baseSha256(),
        usual.tokenizerSha256(),
        usual.maximumTokens(),
        usual.sources(),
        settings,
        usual.labels(),
        usual.tasks(),
        usual.train(),
        usual.test(),
        new Funnel(20 + lost, rejected, 0, 15, 5, truncated),
        usual.rejections());
  }
}
