package dev.rankwise.pipeline.estimator;

import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.OpenTokenizers;
import dev.rankwise.datasets.prompt.PromptTokens;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.models.source.BaseSource;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.pipeline.model.AdaptedDecoder;
import java.util.Optional;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A tuned decoder as a stage of Spark ML: adds the text that follows each prompt, and why it ended,
 * to the rows of any DataFrame.
 *
 * <p>Rows stream by partition; their order and all other columns stay. A prompt that is null or
 * blank, fills the base's context or has no place in the chat format has a null text, and {@code
 * prompt-empty}, {@code prompt-too-long} or {@code prompt-without-place} beside it; so has a row
 * that makes no conversation, and {@code prompt-malformed}, and one whose pictures cannot be used,
 * and {@code picture-unusable}, and one of no task that is known, and {@code task-unknown}. What is
 * drawn depends on the seed and the prompt alone, so equal prompts get equal texts wherever they
 * lie. The trained numbers travel once to each executor, and an executor holds one replica of the
 * base however many tasks it runs. The last bits of a score may depend on the prompts that share a
 * batch, and so on how rows are partitioned.
 */
public final class AdapterGeneratorModel extends Model<AdapterGeneratorModel>
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final GenerationParams params;
  private final TrainedAdapter trained;
  private final transient AdapterSummary summary;

  AdapterGeneratorModel(String uid, TrainedAdapter trained, AdapterSummary summary) {
    this.uid = uid;
    this.trained = trained;
    this.summary = summary;
    this.params = new GenerationParams(this);
    params.setDefaults(trained.held());
  }

  /**
   * The model of an adapter in a PEFT directory, such as {@code adapter} in a run folder. Needs an
   * active Spark session, which knows the file systems.
   *
   * @param base name of the base that it was trained on, as {@link BaseSource} resolves it
   * @param directory a path, or a URI of any file system that Hadoop knows
   * @throws UserInputException if it is no adapter of a decoder, or was trained on another base
   * @throws dev.rankwise.models.failure.CorruptFileException if a file is damaged
   */
  public static AdapterGeneratorModel fromAdapter(String base, String directory) {
    AdaptedDecoder.requireDecoder(ModelConfig.read(SparkBases.source().resolve(base).config()));
    TrainedAdapter trained = AdapterModelReader.adapter(SparkSession.active(), base, directory);
    if (!trained.labels().isEmpty()) {
      throw new UserInputException(
          "Adapter \"%s\" classifies (it has classes); apply it with AdapterClassifierModel"
              .formatted(directory));
    }
    return fresh(trained).setBase(base);
  }

  /**
   * The model of a whole decoder, as full tuning and merging leave one. It cannot be saved: its
   * folder is all there is.
   *
   * @param model name of the decoder, as {@link BaseSource} resolves it
   * @throws UserInputException if it is no decoder
   */
  public static AdapterGeneratorModel fromModel(String model) {
    BaseDirectory found = SparkBases.source().resolve(model);
    AdaptedDecoder.requireDecoder(ModelConfig.read(found.config()));
    return fresh(TrainedAdapter.nothingBeside(found)).setBase(model);
  }

  private static AdapterGeneratorModel fresh(TrainedAdapter trained) {
    return new AdapterGeneratorModel(
        Identifiable.randomUID("adapterGeneratorModel"), trained, null);
  }

  @Override
  public String uid() {
    return uid;
  }

  /** How it was trained; empty for a model that was loaded. */
  public Optional<AdapterSummary> summary() {
    return Optional.ofNullable(summary);
  }

  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    transformSchema(dataset.schema());
    GeneratedColumns columns = params.columns();
    Dataset<Row> read = columns.read(dataset.toDF());
    RowAddition addition =
        new RowAddition(
            generator(dataset.sparkSession(), columns.rows()),
            columns.place(read.schema()),
            columns.imagePlace(read.schema()),
            columns.taskPlace(read.schema()),
            getBatchSize());
    return read.mapPartitions(addition, Encoders.row(columns.appended(read.schema())))
        .drop(RowPrompts.COLUMN, PictureParams.COLUMN);
  }

  @Override
  public StructType transformSchema(StructType schema) {
    GeneratedColumns columns = params.columns();
    columns.requireReadable(schema);
    return columns.appended(schema);
  }

  /**
   * Makes the model a function of SQL in this session: {@code SELECT name(prompt) FROM table}. A
   * prompt is a text, whatever {@link #rowFormat} says. Each row is a batch of its own; {@link
   * #transform} is faster.
   *
   * @param name name of the function
   */
  public void register(SparkSession spark, String name) {
    params.requireNoTaskColumn();
    spark
        .udf()
        .register(
            name,
            new RowFunction(generator(spark, Optional.empty()), RowFunction.Reads.TEXT),
            DataTypes.StringType);
  }

  private TextGenerator generator(SparkSession spark, Optional<RowPrompts> rows) {
    BaseDirectory found = SparkBases.source().resolve(getBase());
    ModelConfig config = AdaptedDecoder.requireDecoder(ModelConfig.read(found.config()));
    ReplicaSettings settings = params.replica(spark.sparkContext());
    BaseReference base = trained.reference(getBase(), found);
    Tokenizer tokenizer = OpenTokenizers.of(new BaseTokenizerSource(base));
    PromptTokens prompts = PromptTokens.of(found.directory(), tokenizer, params.format());
    rows.ifPresent(asked -> asked.requireFormat(prompts));
    return new TextGenerator(
        new AdaptedDecoder(base, trained.spec(), settings),
        trained.version(),
        trained.broadcast(spark.sparkContext()),
        prompts.renderer().orElse(null),
        rows.orElse(null),
        params.sight(trained).orElse(null),
        params.task(trained.spec().mixture()),
        params.namedTasks(trained.spec().mixture()),
        config.maximumSequence(),
        params.settings(prompts.endIds(found.directory()), prompts.endTexts()),
        !getFinishCol().isEmpty());
  }

  @Override
  public AdapterGeneratorModel copy(ParamMap extra) {
    return copyValues(new AdapterGeneratorModel(uid, trained, summary), extra).setParent(parent());
  }

  /** Saves uid, parameters and, as a PEFT directory, the adapter; the base is not copied. */
  @Override
  public MLWriter write() {
    return new AdapterModelWriter(DefaultParamsWritable.super.write(), trained, getBase());
  }

  /** Loads models that were saved. */
  public static MLReader<AdapterGeneratorModel> read() {
    return new AdapterModelReader<>(
        AdapterGeneratorModel.class,
        (uid, trained) -> new AdapterGeneratorModel(uid, trained, null));
  }

  /** Loads a model that was saved at {@code path}. */
  public static AdapterGeneratorModel load(String path) {
    return read().load(path);
  }

  public Param<String> base() {
    return params.base;
  }

  public String getBase() {
    return params.text(params.base);
  }

  /** Where the base lies; another place must hold the same bytes. */
  public AdapterGeneratorModel setBase(String value) {
    set(params.base, value);
    return this;
  }

  public Param<String> baseDtype() {
    return params.baseDtype;
  }

  public String getBaseDtype() {
    return params.typeName();
  }

  public AdapterGeneratorModel setBaseDtype(String value) {
    set(params.baseDtype, value);
    return this;
  }

  public Param<String> baseQuantization() {
    return params.baseQuantization;
  }

  public String getBaseQuantization() {
    return params.text(params.baseQuantization);
  }

  public AdapterGeneratorModel setBaseQuantization(String value) {
    set(params.baseQuantization, value);
    return this;
  }

  public Param<String> adapterDtype() {
    return params.adapterDtype;
  }

  public String getAdapterDtype() {
    return params.text(params.adapterDtype);
  }

  public AdapterGeneratorModel setAdapterDtype(String value) {
    set(params.adapterDtype, value);
    return this;
  }

  public Param<String> promptCol() {
    return params.promptCol;
  }

  public String getPromptCol() {
    return params.text(params.promptCol);
  }

  public AdapterGeneratorModel setPromptCol(String value) {
    set(params.promptCol, value);
    return this;
  }

  public Param<String> rowFormat() {
    return params.rowFormat;
  }

  public String getRowFormat() {
    return params.text(params.rowFormat);
  }

  /**
   * Reads prompts as the preparation reads rows of that form, each without its answer, from several
   * columns or a list of turns: {@code messages}, {@code sharegpt} or {@code alpaca}; empty for a
   * column of texts.
   */
  public AdapterGeneratorModel setRowFormat(String value) {
    set(params.rowFormat, value);
    return this;
  }

  public StringArrayParam rowColumns() {
    return params.rowColumns;
  }

  public String[] getRowColumns() {
    return params.texts(params.rowColumns);
  }

  /**
   * Names columns that are called otherwise, each as {@code NAME=COLUMN} by the form's own name.
   */
  public AdapterGeneratorModel setRowColumns(String[] value) {
    set(params.rowColumns, value);
    return this;
  }

  public Param<String> imageCol() {
    return params.pictures.imageCol;
  }

  public String getImageCol() {
    return params.text(params.pictures.imageCol);
  }

  /** Names the column with a row's pictures: bytes of a file, its path, or a list of these. */
  public AdapterGeneratorModel setImageCol(String value) {
    set(params.pictures.imageCol, value);
    return this;
  }

  public Param<String> imageFolder() {
    return params.pictures.imageFolder;
  }

  /** Names the folder in which the pictures lie that rows name by paths. */
  public AdapterGeneratorModel setImageFolder(String value) {
    set(params.pictures.imageFolder, value);
    return this;
  }

  public Param<String> imageFit() {
    return params.pictures.imageFit;
  }

  /** Says how a picture becomes square: {@code padded} or {@code stretched}. */
  public AdapterGeneratorModel setImageFit(String value) {
    set(params.pictures.imageFit, value);
    return this;
  }

  public Param<String> generatedCol() {
    return params.generatedCol;
  }

  public String getGeneratedCol() {
    return params.text(params.generatedCol);
  }

  public AdapterGeneratorModel setGeneratedCol(String value) {
    set(params.generatedCol, value);
    return this;
  }

  public Param<String> finishCol() {
    return params.finishCol;
  }

  public String getFinishCol() {
    return params.text(params.finishCol);
  }

  /** Names the column that says why a text ended; empty for none. */
  public AdapterGeneratorModel setFinishCol(String value) {
    set(params.finishCol, value);
    return this;
  }

  public Param<String> chatFormat() {
    return params.chatFormat;
  }

  public String getChatFormat() {
    return params.text(params.chatFormat);
  }

  /** Says how a prompt is put to the model: that of the training data, if any. */
  public AdapterGeneratorModel setChatFormat(String value) {
    set(params.chatFormat, value);
    return this;
  }

  public Param<String> task() {
    return params.task;
  }

  public String getTask() {
    return params.text(params.task);
  }

  /** Names the task of all prompts, where the adapter routes by tasks; empty where it does not. */
  public AdapterGeneratorModel setTask(String value) {
    set(params.task, value);
    return this;
  }

  public Param<String> taskCol() {
    return params.taskCol;
  }

  /** Names the column with each row's task, a name; one that is unknown is told in finishCol. */
  public AdapterGeneratorModel setTaskCol(String value) {
    set(params.taskCol, value);
    return this;
  }

  public IntParam maxNewTokens() {
    return params.maxNewTokens;
  }

  public int getMaxNewTokens() {
    return params.whole(params.maxNewTokens);
  }

  public AdapterGeneratorModel setMaxNewTokens(int value) {
    set(params.maxNewTokens, (Object) value);
    return this;
  }

  public DoubleParam temperature() {
    return params.temperature;
  }

  public double getTemperature() {
    return params.number(params.temperature);
  }

  public AdapterGeneratorModel setTemperature(double value) {
    set(params.temperature, (Object) value);
    return this;
  }

  public IntParam topK() {
    return params.topK;
  }

  public int getTopK() {
    return params.whole(params.topK);
  }

  public AdapterGeneratorModel setTopK(int value) {
    set(params.topK, (Object) value);
    return this;
  }

  public DoubleParam topP() {
    return params.topP;
  }

  public double getTopP() {
    return params.number(params.topP);
  }

  public AdapterGeneratorModel setTopP(double value) {
    set(params.topP, (Object) value);
    return this;
  }

  public DoubleParam repetitionPenalty() {
    return params.repetitionPenalty;
  }

  public double getRepetitionPenalty() {
    return params.number(params.repetitionPenalty);
  }

  public AdapterGeneratorModel setRepetitionPenalty(double value) {
    set(params.repetitionPenalty, (Object) value);
    return this;
  }

  public StringArrayParam stopTexts() {
    return params.stopTexts;
  }

  public String[] getStopTexts() {
    return params.texts(params.stopTexts);
  }

  public AdapterGeneratorModel setStopTexts(String[] value) {
    set(params.stopTexts, value);
    return this;
  }

  public LongParam seed() {
    return params.seed;
  }

  public long getSeed() {
    return params.wide(params.seed);
  }

  public AdapterGeneratorModel setSeed(long value) {
    set(params.seed, (Object) value);
    return this;
  }

  public IntParam batchSize() {
    return params.batchSize;
  }

  public int getBatchSize() {
    return params.whole(params.batchSize);
  }

  public AdapterGeneratorModel setBatchSize(int value) {
    set(params.batchSize, (Object) value);
    return this;
  }
}
