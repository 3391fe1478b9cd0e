package dev.rankwise.datasets.clean;

import dev.rankwise.datasets.LocalSpark;
import dev.rankwise.datasets.clean.KeptListener.Moment;
import dev.rankwise.datasets.clean.text.LanguageRule;
import dev.rankwise.datasets.clean.text.TextMending;
import dev.rankwise.datasets.clean.text.TextQuality;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Row;

/** Rows in a folder that grows, cleaned with those of before kept, or all at once. */
public final class GrowingRows {
  /** How a process ends that is killed where a listener says so. */
  static final int KILLED = 137;

  private static final List<String> COLUMNS = List.of("text", "label", "id");
  private static final List<String> WORDS =
      List.of(
          "the", "a", "red", "green", "old", "new", "big", "small", "house", "tree", "river",
          "stone", "cat", "dog", "bird", "fish", "runs", "sits");

  private GrowingRows() {}

  /** Ends this process with the moment that is named last, in the midst of its work. */
  public static void main(String[] arguments) {
    Moment last = Moment.valueOf(arguments[2]);
    KeptListener killing =
        new KeptListener() {
          @Override
          public void reached(Moment moment) {
            if (moment == last) {
              Runtime.getRuntime().halt(KILLED);
            }
          }

          @Override
          public void told(String words) {}
        };
    Path kept = Path.of(arguments[1]);
    rows(growing(Path.of(arguments[0]), kept, killing, Duplicates.NEARLY_SAME_TEXT));
  }

  /** The rows, those of before kept. */
  static RowSource growing(Path rows, Path kept, KeptListener listener, Duplicates duplicates) {
    return CleanedSource.growing(
        RowSources.at(rows.toString()),
        settings(duplicates),
        List.of("label", "id"),
        "id",
        List.of(),
        new KeptPlace(kept.toString(), listener));
  }

  /** The rows, all of them at once. */
  static RowSource whole(Path rows, Duplicates duplicates) {
    return CleanedSource.training(
        RowSources.at(rows.toString()),
        settings(duplicates),
        List.of("label", "id"),
        "id",
        List.of());
  }

  static CleaningSettings settings(Duplicates duplicates) {
    return new CleaningSettings(
        TextMending.NONE,
        RowFilter.of("label <> 'robot'"),
        List.of(),
        TextQuality.NONE,
        LanguageRule.ANY,
        Map.of(),
        duplicates,
        0.7);
  }

  /** Each row as one text: its values, and why it is left out. */
  static List<String> rows(RowSource source) {
    List<String> all =
        source.rows(LocalSpark.session(), COLUMNS, RowLimits.defaults()).collectAsList().stream()
            .map(GrowingRows::shown)
            .sorted()
            .toList();
    source.release();
    return all;
  }

  private static String shown(Row row) {
    List<String> values = new ArrayList<>();
    for (int i = 0; i < COLUMNS.size(); i++) {
      byte[] value = row.getAs(i);
      values.add(value == null ? "-" : new String(value, StandardCharsets.UTF_8));
    }
    values.add(String.valueOf(row.getString(COLUMNS.size())));
    values.add(String.valueOf(row.getString(COLUMNS.size() + 1)));
    return String.join("|", values);
  }

  /**
   * A file of rows more: some with texts and keys of earlier ones, nearly such texts, rows that a
   * filter leaves out, and one that cannot be read.
   */
  static Path write(Path folder, int file, int rows) throws IOException {
    Files.createDirectories(folder);
    StringBuilder csv = new StringBuilder("id,label,text\n");
    for (int row = 0; row < rows; row++) {
      // Few seeds, so that texts come again in other files.
      Random random = new Random((file * 31L + row * 7L) % 40);
      StringBuilder text = new StringBuilder();
      for (int word = 0; word < 24; word++) {
        text.append(WORDS.get(random.nextInt(WORDS.size()))).append(' ');
      }
      if (row % 3 == 0) {
        text.append("number ").append(file);
      }
      String label = row % 9 == 8 ? "robot" : "kind " + row % 2;
      csv.append("%s,%s,%s\n".formatted((file * 5 + row) % 97 + "-" + row % 4, label, text));
    }
    csv.append("open\n");
    return Files.writeString(folder.resolve("rows-%s.csv".formatted(file)), csv);
  }
}
