package dev.rankwise.pipeline.estimator;

import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.picture.PictureReading;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.models.source.BaseSource;
import dev.rankwise.pipeline.model.AdaptedClassifier;
import dev.rankwise.pipeline.model.AdaptedModel;
import dev.rankwise.pipeline.tune.TunedModel;
import java.util.List;
import java.util.Optional;
import org.apache.spark.ml.Model;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
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
 * A tuned classifier as a stage of Spark ML: adds the predicted label of each text or picture, and
 * on request the probability of each class, to the rows of any DataFrame.
 *
 * <p>Rows stream by partition; their order and all other columns stay. A null text and a picture
 * that cannot be used have a null prediction, and on request the reason beside it. A text that is
 * too long is cut: to {@code maxTokens} tokens, and before that to 1,000,000 characters. The
 * trained numbers travel once to each executor, and an executor holds one replica of the base
 * however many tasks it runs. The last bits of a probability may depend on the rows that share a
 * forward pass, and so on how rows are partitioned.
 */
public final class AdapterClassifierModel extends Model<AdapterClassifierModel>
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  /** Enough rows to fill forward passes with texts of like lengths. */
  private static final int WINDOW_ROWS = 256;

  private final String uid;
  private final StageParams params;
  private final TrainedAdapter trained;
  private final transient AdapterSummary summary;

  AdapterClassifierModel(String uid, TrainedAdapter trained, AdapterSummary summary) {
    this.uid = uid;
    this.trained = trained;
    this.summary = summary;
    this.params = new StageParams(this);
    params.setDefaults(trained.held());
  }

  /** The model of a classifier that was tuned, with its base and element types. */
  public static AdapterClassifierModel of(TunedModel tuned) {
    AdaptedModel source = tuned.source();
    return fresh(TrainedAdapter.of(tuned))
        .setBase(source.base().uri())
        .setBaseDtype(ReplicaParams.word(source.settings().baseType()))
        .setBaseQuantization(source.settings().form().label())
        .setAdapterDtype(ReplicaParams.word(source.settings().adapterType()));
  }

  /**
   * The model of an adapter in a PEFT directory, such as {@code adapter} in a run folder. Needs an
   * active Spark session, which knows the file systems.
   *
   * @param base name of the base that it was trained on, as {@link BaseSource} resolves it
   * @param directory a path, or a URI of any file system that Hadoop knows
   * @throws UserInputException if it is no classifier, or was trained on another base
   * @throws dev.rankwise.models.failure.CorruptFileException if a file is damaged
   */
  public static AdapterClassifierModel fromAdapter(String base, String directory) {
    TrainedAdapter trained = AdapterModelReader.adapter(SparkSession.active(), base, directory);
    if (trained.labels().isEmpty()) {
      throw new UserInputException(
          ("Adapter \"%s\" has no classes (it trains no classifier); name an adapter that was tuned"
                  + " to classify")
              .formatted(directory));
    }
    return fresh(trained).setBase(base);
  }

  /**
   * The model of a whole classifier, as full tuning and merging leave one. It cannot be saved: its
   * folder is all there is.
   *
   * @param model name of the classifier, as {@link BaseSource} resolves it
   * @throws UserInputException if it is no classifier
   */
  public static AdapterClassifierModel fromModel(String model) {
    TrainedAdapter nothing = TrainedAdapter.nothingBeside(resolve(model));
    if (nothing.labels().isEmpty()) {
      throw new UserInputException(
          "Model \"%s\" has no classes (it ends in no classifier); name one that was tuned to classify"
              .formatted(model));
    }
    return fresh(nothing).setBase(model);
  }

  private static AdapterClassifierModel fresh(TrainedAdapter trained) {
    return new AdapterClassifierModel(
        Identifiable.randomUID("adapterClassifierModel"), trained, null);
  }

  private static BaseDirectory resolve(String base) {
    return SparkBases.source().resolve(base);
  }

  @Override
  public String uid() {
    return uid;
  }

  /** The classes, in the order of the probabilities. */
  public List<String> labels() {
    return trained.labels();
  }

  /** How it was trained; empty for a model that was loaded. */
  public Optional<AdapterSummary> summary() {
    return Optional.ofNullable(summary);
  }

  @Override
  public Dataset<Row> transform(Dataset<?> dataset) {
    // First, since what the base reads decides which column is asked for.
    RowClassifier classifier = classifier(dataset.sparkSession());
    transformSchema(dataset.schema());
    ClassifiedColumns columns = params.columns();
    Dataset<Row> read = columns.read(dataset.toDF());
    RowAddition addition = columns.addition(classifier, read.schema(), WINDOW_ROWS);
    return read.mapPartitions(addition, Encoders.row(columns.appended(read.schema())))
        .drop(PictureParams.COLUMN);
  }

  @Override
  public StructType transformSchema(StructType schema) {
    return params.columns().added(schema);
  }

  /**
   * Makes the model a function of SQL in this session: {@code SELECT name(text) FROM table}, or
   * {@code name(picture)} of a file's bytes or a path where {@link #imageCol} is set, whatever
   * column it names. Each row is a forward pass of its own; {@link #transform} is faster.
   *
   * @param name name of the function
   */
  public void register(SparkSession spark, String name) {
    RowFunction.Reads reads =
        params.columns().hasImage() ? RowFunction.Reads.PICTURE : RowFunction.Reads.TEXT;
    spark.udf().register(name, new RowFunction(classifier(spark), reads), DataTypes.StringType);
  }

  private RowClassifier classifier(SparkSession spark) {
    BaseDirectory found = resolve(getBase());
    ModelConfig config = ModelConfig.read(found.config());
    Optional<PictureForm> form = params.form(found, config);
    ReplicaSettings settings = params.replica(spark.sparkContext());
    BaseReference base = trained.reference(getBase(), found);
    return new RowClassifier(
        new AdaptedClassifier(base, labels(), trained.spec(), settings),
        trained.version(),
        trained.broadcast(spark.sparkContext()),
        form.map(it -> new PictureReading(it, params.pictures.folder())).orElse(null),
        form.map(PictureForm::tokens).orElseGet(() -> params.maximumTokens(config)),
        params.microBatchTokens(),
        params.columns());
  }

  @Override
  public AdapterClassifierModel copy(ParamMap extra) {
    AdapterClassifierModel copy = new AdapterClassifierModel(uid, trained, summary);
    return copyValues(copy, extra).setParent(parent());
  }

  /** Saves uid, parameters and, as a PEFT directory, the adapter; the base is not copied. */
  @Override
  public MLWriter write() {
    return new AdapterModelWriter(DefaultParamsWritable.super.write(), trained, getBase());
  }

  /** Loads models that were saved. */
  public static MLReader<AdapterClassifierModel> read() {
    return new AdapterModelReader<>(
        AdapterClassifierModel.class,
        (uid, trained) -> new AdapterClassifierModel(uid, trained, null));
  }

  /** Loads a model that was saved at {@code path}. */
  public static AdapterClassifierModel load(String path) {
    return read().load(path);
  }

  public Param<String> base() {
    return params.base;
  }

  public String getBase() {
    return params.text(params.base);
  }

  /** Where the base lies; another place must hold the same bytes. */
  public AdapterClassifierModel setBase(String value) {
    set(params.base, value);
    return this;
  }

  public Param<String> baseDtype() {
    return params.baseDtype;
  }

  public String getBaseDtype() {
    return params.typeName();
  }

  public AdapterClassifierModel setBaseDtype(String value) {
    set(params.baseDtype, value);
    return this;
  }

  public Param<String> baseQuantization() {
    return params.baseQuantization;
  }

  public String getBaseQuantization() {
    return params.text(params.baseQuantization);
  }

  public AdapterClassifierModel setBaseQuantization(String value) {
    set(params.baseQuantization, value);
    return this;
  }

  public Param<String> adapterDtype() {
    return params.adapterDtype;
  }

  public String getAdapterDtype() {
    return params.text(params.adapterDtype);
  }

  public AdapterClassifierModel setAdapterDtype(String value) {
    set(params.adapterDtype, value);
    return this;
  }

  public Param<String> textCol() {
    return params.textCol;
  }

  public String getTextCol() {
    return params.text(params.textCol);
  }

  public AdapterClassifierModel setTextCol(String value) {
    set(params.textCol, value);
    return this;
  }

  public Param<String> imageCol() {
    return params.pictures.imageCol;
  }

  public String getImageCol() {
    return params.text(params.pictures.imageCol);
  }

  /** Names the column with the pictures of a base that reads them: files as bytes, or paths. */
  public AdapterClassifierModel setImageCol(String value) {
    set(params.pictures.imageCol, value);
    return this;
  }

  public Param<String> imageFolder() {
    return params.pictures.imageFolder;
  }

  public String getImageFolder() {
    return params.text(params.pictures.imageFolder);
  }

  /** Names the folder in which the pictures lie that rows name by paths. */
  public AdapterClassifierModel setImageFolder(String value) {
    set(params.pictures.imageFolder, value);
    return this;
  }

  public Param<String> imageFit() {
    return params.pictures.imageFit;
  }

  public String getImageFit() {
    return params.text(params.pictures.imageFit);
  }

  /** Says how a picture becomes square: {@code stretched} or {@code padded}. */
  public AdapterClassifierModel setImageFit(String value) {
    set(params.pictures.imageFit, value);
    return this;
  }

  public Param<String> predictionCol() {
    return params.predictionCol;
  }

  public String getPredictionCol() {
    return params.text(params.predictionCol);
  }

  public AdapterClassifierModel setPredictionCol(String value) {
    set(params.predictionCol, value);
    return this;
  }

  public Param<String> probabilityCol() {
    return params.probabilityCol;
  }

  public String getProbabilityCol() {
    return params.text(params.probabilityCol);
  }

  /** Names the column with the probabilities; empty, as by default, for none. */
  public AdapterClassifierModel setProbabilityCol(String value) {
    set(params.probabilityCol, value);
    return this;
  }

  public Param<String> reasonCol() {
    return params.reasonCol;
  }

  public String getReasonCol() {
    return params.text(params.reasonCol);
  }

  /** Names the column that says why a row has no label; empty, as by default, for none. */
  public AdapterClassifierModel setReasonCol(String value) {
    set(params.reasonCol, value);
    return this;
  }

  public IntParam maxTokens() {
    return params.maxTokens;
  }

  public int getMaxTokens() {
    return params.whole(params.maxTokens);
  }

  public AdapterClassifierModel setMaxTokens(int value) {
    set(params.maxTokens, (Object) value);
    return this;
  }

  public IntParam microBatchTokens() {
    return params.microBatchTokens;
  }

  public int getMicroBatchTokens() {
    return params.whole(params.microBatchTokens);
  }

  public AdapterClassifierModel setMicroBatchTokens(int value) {
    set(params.microBatchTokens, (Object) value);
    return this;
  }
}
