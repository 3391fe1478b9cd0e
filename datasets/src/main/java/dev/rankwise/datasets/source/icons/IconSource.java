package dev.rankwise.datasets.source.icons;

import dev.rankwise.datasets.source.AskedColumns;
import dev.rankwise.datasets.source.RawColumns;
import dev.rankwise.datasets.source.RequiredColumns;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.SourceDescription;
import java.nio.charset.StandardCharsets;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Drawn icons as a table, see {@link IconView}. Each task reads its share of the icons from the
 * class path and draws them, so nothing is shipped from the driver.
 */
public final class IconSource implements RowSource {
  /** Raised when equal locations come to be drawn otherwise than before. */
  private static final int DRAWING = 1;

  private final IconView view;

  private IconSource(IconView view) {
    this.view = view;
  }

  /** Whether a location is one of icons. */
  public static boolean isNamed(String location) {
    String start = location.toLowerCase(Locale.ROOT);
    return start.equals(IconView.START) || start.startsWith(IconView.START + ":");
  }

  /**
   * The icons that a recipe names.
   *
   * @throws dev.rankwise.models.failure.UserInputException if there are none of that name
   */
  public static IconSource at(String location) {
    return new IconSource(IconView.at(location.toLowerCase(Locale.ROOT)));
  }

  @Override
  public Dataset<Row> rows(SparkSession spark, AskedColumns asked, RowLimits limits) {
    RequiredColumns.require(asked.needed(), IconView.COLUMNS, "\"" + view.location() + "\"");
    List<String> columns = asked.names();
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    int slices = context.defaultParallelism();
    List<Integer> shares = IntStream.range(0, slices).boxed().toList();
    IconView shown = view;
    JavaRDD<Row> rows =
        context
            .parallelize(shares, slices)
            .flatMap(share -> rows(shown, List.copyOf(columns), share, slices));
    return spark.createDataFrame(rows, RawColumns.schema(columns));
  }

  @Override
  public List<String> columns(SparkSession spark, RowLimits limits) {
    return IconView.COLUMNS;
  }

  @Override
  public SourceDescription describe(SparkSession spark) {
    String artifact = view.kind().collection().artifact();
    return new SourceDescription(
        IconView.START, view.location(), artifact + ", drawing " + DRAWING);
  }

  /** Pictures are drawn for their rows. */
  @Override
  public boolean mayNameFiles() {
    return false;
  }

  /** The renderings of every {@code slices}-th icon, from {@code share} on. */
  private static Iterator<Row> rows(IconView view, List<String> columns, int share, int slices) {
    List<Icon> icons = view.shown();
    return IntStream.range(0, icons.size())
        .filter(place -> place % slices == share)
        .boxed()
        .flatMap(
            place ->
                IntStream.range(0, view.renderings())
                    .mapToObj(number -> row(view, columns, icons.get(place), number)))
        .iterator();
  }

  private static Row row(IconView view, List<String> columns, Icon icon, int number) {
    byte[][] values = new byte[columns.size()][];
    for (int i = 0; i < values.length; i++) {
      values[i] = value(view, columns.get(i), icon, number);
    }
    return RawColumns.accepted(values);
  }

  private static byte[] value(IconView view, String column, Icon icon, int number) {
    String id = icon.key() + "#" + number;
    String text =
        switch (column) {
          case "id" -> id;
          case "icon" -> icon.key();
          case "name" -> icon.name();
          case "tags" -> IconView.Kind.tags(icon);
          case "prompt" -> view.kind().prompt();
          // A word and the blank before it are one token of most bases.
          case "completion" -> " " + view.kind().completion(icon);
          default -> null;
        };
    if (column.equals("image")) {
      String drawing = view.kind().collection().drawing(icon);
      return IconDrawing.png(drawing, IconLook.of(id), view.side());
    }
    return text == null ? null : text.getBytes(StandardCharsets.UTF_8);
  }
}
