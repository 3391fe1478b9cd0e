package dev.rankwise.jobs.notebook;

import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.shard.DataManifest;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.datasets.source.RowSource;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.datasets.source.icons.IconSource;
import dev.rankwise.jobs.conf.Recipe;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.page.PieceFrame;
import dev.rankwise.jobs.report.DataSection;
import dev.rankwise.jobs.run.PreparationRun;
import dev.rankwise.jobs.run.RunFolders;
import dev.rankwise.jobs.run.TuningRun;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.tokenizer.HuggingFaceTokenizer;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.pipeline.checkpoint.Storage;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * What notebooks call: a run in the session at hand with its loss drawn while it goes on, and what
 * runs left, as pieces of HTML and as tables.
 *
 * <pre>{@code
 * val run = Notebook.tune(recipe, "output.directory=runs/first")
 * print("%html " + Notebook.part(run, "evaluation"))
 * }</pre>
 *
 * <p>Pieces are plain HTML with style and SVG, without script, for whatever shows HTML: after
 * {@code %html} in Zeppelin, as {@code displayHTML} elsewhere.
 */
public final class Notebook {
  /**
   * A paragraph's text is cut by Zeppelin after 100 kB; a page may be larger than a piece of it.
   */
  private static final long MOST_BYTES = 200_000_000;

  private static final String PICTURE = "image";
  private static final String NAME = "recipe of the notebook";

  private Notebook() {}

  /**
   * Tunes as {@code rankwise tune} does, in the session at hand. Whoever stops the paragraph
   * cancels the Spark job of a step: the run then ends with a checkpoint, and the same call goes on
   * from there.
   *
   * @param recipe the text of a recipe
   * @param settings what goes before it, in the form {@code section.key=value}
   * @return where the run folder lies
   * @throws dev.rankwise.models.failure.RankwiseException as the command does
   */
  public static String tune(String recipe, String... settings) {
    DisplayStream display = new DisplayStream(System.out);
    PrintStream out = new PrintStream(display, true, StandardCharsets.UTF_8);
    RunContext context =
        new RunContext(out, Clock.systemUTC(), false, Optional.of(new LiveLoss(display)));
    return new TuningRun(Recipe.parse(recipe, NAME, List.of(settings)), context).run();
  }

  /**
   * Prepares rows as {@code rankwise prepare} does, in the session at hand.
   *
   * @param recipe the text of a recipe
   * @param settings what goes before it, in the form {@code section.key=value}
   */
  public static void prepare(String recipe, String... settings) {
    new PreparationRun(Recipe.parse(recipe, NAME, List.of(settings)), RunContext.ofThisProcess())
        .prepare();
  }

  /**
   * Sections of the page that a run or a sweep left, as a piece of HTML.
   *
   * @param run the folder, a path or an address
   * @param sections ids of sections: headline; of a run evaluation, training, cost, data, card,
   *     provenance; of a sweep result, pictures, runs, origin
   * @throws UserInputException if there is no page of ours, or it has no such section
   */
  public static String part(String run, String... sections) {
    String name = "%s of %s".formatted(RunFiles.REPORT, Redaction.shown(run));
    String page = read(run, RunFiles.REPORT);
    return PieceFrame.around(piece -> PagePart.copy(name, page, List.of(sections), piece));
  }

  /**
   * The losses of several runs over their steps in one plot, as a piece of HTML.
   *
   * @param runs folders, paths or addresses, at most six; each is called what its folder is called
   */
  public static String losses(String... runs) {
    Map<String, String> metrics = new LinkedHashMap<>();
    for (String run : runs) {
      String folder = run.replaceFirst("/+$", "");
      metrics.put(folder.substring(folder.lastIndexOf('/') + 1), read(run, RunFiles.METRICS));
    }
    return PieceFrame.around(piece -> LossCurves.draw(metrics, piece));
  }

  /**
   * What became of rows, how long they are and which classes they are of, as a piece of HTML.
   *
   * @param run a folder in which {@link #prepare} or {@link #tune} left prepared rows
   */
  public static String data(String run) {
    DataManifest manifest = prepared(run).manifest();
    return PieceFrame.around(piece -> DataSection.write(piece, manifest));
  }

  /**
   * The first rows that are trained on, token by token, with what the loss is taken on marked.
   *
   * @param run a folder with prepared rows
   * @param base the base that they were prepared for, as a recipe names it
   */
  public static String tokens(String run, String base, int most) {
    PreparedData data = prepared(run);
    try (Tokenizer tokenizer = HuggingFaceTokenizer.of(SparkBases.source().resolve(base))) {
      return PieceFrame.around(
          piece -> TokenMarks.draw(SparkSession.active(), data, tokenizer, most, piece));
    }
  }

  /** Ids and reasons of the rows that were left out: {@code row_id, reason, split}. */
  public static Dataset<Row> rejections(String run) {
    return prepared(run).rejections(SparkSession.active());
  }

  private static PreparedData prepared(String run) {
    String folder = RunFolders.address(run).replaceFirst("/+$", "");
    return PreparedData.open(SparkSession.active(), folder + "/" + RunFiles.DATA);
  }

  /**
   * The rows of any source that a recipe can name, with all columns, as texts; pictures are bytes.
   *
   * @param location such as {@code wordnet}, as {@code data.source} of a recipe
   */
  public static Dataset<Row> rows(String location) {
    RowSource source = RowSources.at(location);
    SparkSession spark = SparkSession.active();
    List<String> names = source.columns(spark, RowLimits.defaults());
    Dataset<Row> raw = source.rows(spark, names, RowLimits.defaults());
    boolean icons = IconSource.isNamed(location);
    return raw.select(
        names.stream()
            .map(
                name ->
                    icons && name.equals(PICTURE)
                        ? raw.col("`" + name + "`")
                        : raw.col("`" + name + "`").cast("string").as(name))
            .toArray(Column[]::new));
  }

  /**
   * The first rows as Zeppelin's display of tables, {@code %table} included.
   *
   * @param most how many rows at most
   */
  public static String table(Dataset<Row> rows, int most) {
    return RowTable.of(rows, most);
  }

  /**
   * The first rows as a table of HTML: for long texts, which break into lines there, and for
   * columns with PNG files, which are shown.
   */
  public static String texts(Dataset<Row> rows, int most) {
    return PieceFrame.around(piece -> RowTable.draw(rows, most, piece));
  }

  private static String read(String run, String file) {
    try (Storage storage = RunFolders.storage(run, SparkSection.of(List.of()))) {
      return new String(storage.read(file, MOST_BYTES), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UserInputException(
          ("Cannot read %s of \"%s\": it is not there, or cannot be opened; name the folder of a run"
                  + " that has ended")
              .formatted(file, Redaction.shown(run)),
          e);
    }
  }
}
