package dev.rankwise.datasets.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.SourceDescription;
import dev.rankwise.models.failure.CorruptFileException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TestManifestJson {
  private static final String FILE = "data/manifest.json";

  @Test
  void manifestComesBackAsItWas() {
    DataManifest manifest = manifest();

    assertThat(ManifestJson.read(ManifestJson.written(manifest), FILE)).isEqualTo(manifest);
    assertThat(ManifestJson.written(manifest)).isEqualTo(ManifestJson.written(manifest()));
  }

  @Test
  void keysAreSnakeCaseInAFixedOrder() {
    String json = ManifestJson.written(manifest());

    assertThat(json)
        .startsWith("{\n  \"format\" : \"rankwise-prepared-data\",\n  \"version\" : 3,\n")
        .containsSubsequence(
            "\"content_sha256\"",
            "\"tokenizer_sha256\"",
            "\"maximum_tokens\"",
            "\"sources\"",
            "\"settings\"",
            "\"labels\"",
            "\"tasks\"",
            "\"train\"",
            "\"label_counts\"",
            "\"task_counts\"",
            "\"test\"",
            "\"funnel\"",
            "\"EMPTY_TEXT\" : 2",
            "\"rejections\"")
        .endsWith("}\n");
    assertThat(json).contains("\"zebra\" : \"first\",\n    \"apple\" : \"second\"");
  }

  @Test
  void aLocaleWithOtherDigitsGivesTheSameBytes() {
    Locale usual = Locale.getDefault();
    String written = ManifestJson.written(manifest());
    try {
      Locale.setDefault(new Locale("ar", "EG"));
      assertThat(ManifestJson.written(manifest())).isEqualTo(written);
      assertThat(ManifestJson.read(written, FILE)).isEqualTo(manifest());
    } finally {
      Locale.setDefault(usual);
    }
  }

  @Test
  void anotherVersionIsNamed() {
    String json = ManifestJson.written(manifest()).replace("\"version\" : 3", "\"version\" : 2");

    assertThatThrownBy(() -> ManifestJson.read(json, FILE))
        .isInstanceOf(CorruptFileException.class)
        .hasMessage(
            "Cannot read \"data/manifest.json\": its version is 2, this release reads version 3;"
                + " delete the folder and prepare the data again");
  }

  @Test
  void aManifestThatDoesNotCountItsTasksIsCorrupt() {
    DataManifest manifest = manifest();
    String hash =
        DataManifest.contentSha256(
            manifest.labels(),
            List.of("define"),
            manifest.train().contentSha256(),
            manifest.test().contentSha256());
    String json =
        ManifestJson.written(manifest)
            .replace("\"tasks\" : [ ]", "\"tasks\" : [ \"define\" ]")
            .replace(manifest.contentSha256(), hash);

    assertThatThrownBy(() -> ManifestJson.read(json, FILE))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("it does not count each of its tasks;");
  }

  @Test
  void somebodyElsesJsonIsNoManifest() {
    assertThatThrownBy(() -> ManifestJson.read("{\"name\": \"x\"}", FILE))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("it is not the manifest of prepared data;");
    assertThat(ManifestJson.isOurs("{\"name\": \"x\"}")).isFalse();
    assertThat(ManifestJson.isOurs("no json")).isFalse();
    assertThat(ManifestJson.isOurs("")).isFalse();
  }

  @Test
  void aDamagedManifestOfOursIsStillOurs() {
    String json = ManifestJson.written(manifest());

    assertThat(ManifestJson.isOurs(json)).isTrue();
    assertThat(ManifestJson.isOurs(json.substring(0, 100))).isTrue();
  }

  @Test
  void unknownMissingAndTrailingContentIsCorrupt() {
    String json = ManifestJson.written(manifest());

    for (String damaged :
        List.of(
            json.replace("\"maximum_tokens\" : 16", "\"maximum_tokens\" : 16, \"extra\" : 1"),
            json.replace("\"maximum_tokens\" : 16,", ""),
            json.replace("\"maximum_tokens\" : 16", "\"maximum_tokens\" : null"),
            json + "{}")) {
      assertThatThrownBy(() -> ManifestJson.read(damaged, FILE))
          .isInstanceOf(CorruptFileException.class)
          .hasMessageContaining("it is not the JSON that was written");
    }
  }

  @Test
  void countsThatContradictEachOtherAreCorrupt() {
    String json = ManifestJson.written(manifest()).replace("\"read\" : 5", "\"read\" : 6");

    assertThatThrownBy(() -> ManifestJson.read(json, FILE))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("its numbers contradict each other");
  }

  @Test
  void changedLabelsContradictTheHash() {
    String json = ManifestJson.written(manifest()).replace("\"place\"", "\"plaice\"");

    assertThatThrownBy(() -> ManifestJson.read(json, FILE))
        .isInstanceOf(CorruptFileException.class)
        .hasMessageContaining("its hashes do not agree with each other");
  }

  private static DataManifest manifest() {
    List<String> labels = List.of("food", "place");
    SplitManifest split =
        new SplitManifest(
            1,
            1,
            4,
            1,
            0.25,
            0,
            "d".repeat(64),
            new LengthHistogram(8, List.of(1L, 0L)),
            List.of(1L, 0L),
            List.of(),
            List.of(new PreparedFile("train/part-0.parquet", 12, "e".repeat(64))));
    Map<String, String> settings = new LinkedHashMap<>();
    settings.put("zebra", "first");
    settings.put("apple", "second");
    return new DataManifest(
        DataManifest.FORMAT,
        DataManifest.VERSION,
        ExampleKind.LABELLED,
        "",
        DataManifest.contentSha256(labels, List.of(), split.contentSha256(), split.contentSha256()),
        "a".repeat(64),
        "b".repeat(64),
        16,
        List.of(new SourceDescription("csv", "a.csv", "v")),
        settings,
        labels,
        List.of(),
        split,
        split,
        new Funnel(5, Map.of(RejectionReason.EMPTY_TEXT, 2L), 1, 1, 1, 0),
        List.of());
  }
}
