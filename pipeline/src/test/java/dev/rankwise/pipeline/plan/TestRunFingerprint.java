package dev.rankwise.pipeline.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TestRunFingerprint {

  @Test
  void equalPartsHaveEqualHashes() {
    assertThat(fingerprint("1", 2).sha256()).isEqualTo(fingerprint("1", 2).sha256());
    assertThat(fingerprint("1", 2).sha256()).matches("[0-9a-f]{64}");
    assertThat(fingerprint("1", 2).differences(fingerprint("1", 2))).isEmpty();
  }

  @Test
  void everyPartChangesTheHash() {
    String hash = fingerprint("1", 2).sha256();
    assertThat(fingerprint("2", 2).sha256()).isNotEqualTo(hash);
    assertThat(fingerprint("1", 1).sha256()).isNotEqualTo(hash);
  }

  @Test
  void differencesNameBothValues() {
    RunFingerprint other =
        new RunFingerprint(
            "b",
            "p",
            "t",
            "d",
            new TreeMap<>(Map.of("train.seed", "2", "train.groups", "8")),
            "n",
            new TreeMap<>(Map.of("pytorch", "2.7.1")),
            1);
    assertThat(fingerprint("1", 2).differences(other))
        .containsExactly(
            "settings.train.groups: absent here, 8 there",
            "settings.train.seed: 1 here, 2 there",
            "threads: 2 here, 1 there");
  }

  @Test
  void valuesDoNotRunIntoEachOther() {
    RunFingerprint one = settings(Map.of("a", "1\nb: 2"));
    RunFingerprint two = settings(Map.of("a", "1", "b", "2"));
    assertThat(one.sha256()).isNotEqualTo(two.sha256());
  }

  /** A saved run is compared with this hash, so its form may not change by accident. */
  @Test
  void hashIsStable() {
    assertThat(fingerprint("1", 2).sha256()).isEqualTo(HASH);
  }

  private static final String HASH =
      "d396140e140f58127c05c302c46ddab7d48c26665a706e0cfa34514b4315c873";

  private static RunFingerprint settings(Map<String, String> settings) {
    return new RunFingerprint("b", "p", "t", "d", new TreeMap<>(settings), "n", new TreeMap<>(), 1);
  }

  private static RunFingerprint fingerprint(String seed, int threads) {
    return new RunFingerprint(
        "b",
        "p",
        "t",
        "d",
        new TreeMap<>(Map.of("train.seed", seed)),
        "n",
        new TreeMap<>(Map.of("pytorch", "2.7.1")),
        threads);
  }
}
