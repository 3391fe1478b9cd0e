package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.datasets.chat.ChatFormat;
import dev.rankwise.datasets.image.PicturePreparation.Squaring;
import dev.rankwise.datasets.prompt.PromptTokens;
import dev.rankwise.pipeline.tune.FrameTuning;
import java.util.List;
import java.util.Optional;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.param.StringArrayParam;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.ml.util.Identifiable;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.types.StructType;

/**
 * Tunes a causal decoder on conversations and texts, with pictures among them where it learns to
 * see, as a stage of Spark ML.
 *
 * <pre>{@code
 * AdapterGeneratorModel model =
 *     new AdapterGenerator().setBase("llama").setRowFormat("alpaca").fit(train);
 * Dataset<Row> answered = model.transform(questions);
 * }</pre>
 *
 * <p>All rows are trained on, none is held out. The adapter has the same bytes in whatever order or
 * number of partitions they come. The model reads prompts where the rows had theirs, and puts them
 * as the rows were written.
 */
public final class AdapterGenerator extends Estimator<AdapterGeneratorModel>
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final ReplicaParams common;
  private final SequenceParams sequences;
  private final PictureParams pictures;
  private final TuningParams tuning;
  private final Param<String> generatedCol;
  private final Param<String> finishCol;

  /** An estimator with a uid of its own. */
  public AdapterGenerator() {
    this(Identifiable.randomUID("adapterGenerator"));
  }

  /** An estimator of that uid. */
  public AdapterGenerator(String uid) {
    this.uid = uid;
    this.common = new ReplicaParams(this);
    this.sequences = new SequenceParams(common);
    this.pictures =
        new PictureParams(common, "column with a row's picture or a list of them; empty for none");
    this.tuning = new TuningParams(common, sequences.microBatchTokens);
    this.generatedCol =
        new Param<>(this, "generatedCol", "column that the model adds: the text that follows");
    this.finishCol =
        new Param<>(this, "finishCol", "column that it adds: why that text ended; empty for none");
    common.setDefaults(BaseHolding.usual());
    sequences.setDefaults();
    pictures.setDefaults(Squaring.PADDED);
    tuning.setDefaults();
    setDefault(generatedCol, "generated");
    setDefault(finishCol, "finish");
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public StructType transformSchema(StructType schema) {
    RowPrompts rows = sequences.rows();
    Optional<RowPrompts> read = Optional.of(rows).filter(RowPrompts::isOfSeveralColumns);
    GeneratedColumns columns =
        new GeneratedColumns(
            rows.first(),
            read,
            common.text(generatedCol),
            common.text(finishCol),
            pictures.column(),
            "");
    columns.requireReadable(schema);
    return columns.appended(schema);
  }

  /**
   * Prepares the rows, tunes on them and gives the model, with a summary.
   *
   * @throws dev.rankwise.models.failure.RankwiseException as {@link FrameTuning#tune} does, or if
   *     base, teacher and what is asked do not fit each other
   */
  @Override
  public AdapterGeneratorModel fit(Dataset<?> dataset) {
    GeneratorTuning fitting = GeneratorTuning.of(common, sequences, pictures, tuning);
    transformSchema(dataset.schema());
    FrameTuning.Tuned tuned = fitting.tune(dataset.toDF());
    return model(fitting.trained(tuned), AdapterSummary.of(tuned));
  }

  /** What was tuned, as a stage that reads what the rows were read from. */
  private AdapterGeneratorModel model(TrainedAdapter trained, AdapterSummary summary) {
    AdapterGeneratorModel model = new AdapterGeneratorModel(uid, trained, summary);
    for (Param<String> param :
        List.of(
            common.base,
            common.baseDtype,
            common.baseQuantization,
            common.adapterDtype,
            pictures.imageCol,
            pictures.imageFolder,
            pictures.imageFit,
            generatedCol,
            finishCol)) {
      model.set(model.getParam(param.name()), common.text(param));
    }
    model.setChatFormat(sequences.format().map(ChatFormat::label).orElse(PromptTokens.TEMPLATE));
    RowPrompts rows = sequences.rows();
    if (rows.isOfSeveralColumns()) {
      model.setRowFormat(rows.form().label()).setRowColumns(common.texts(sequences.rowColumns));
    } else {
      model.setPromptCol(rows.first());
    }
    return model.setParent(this);
  }

  @Override
  public AdapterGenerator copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  /** Loads estimators that were saved. */
  public static MLReader<AdapterGenerator> read() {
    return StageMetadata.reader(AdapterGenerator.class, AdapterGenerator::new);
  }

  /** Loads an estimator that was saved at {@code path}. */
  public static AdapterGenerator load(String path) {
    return read().load(path);
  }

  public Param<String> base() {
    return common.base;
  }

  public String getBase() {
    return common.text(common.base);
  }

  public AdapterGenerator setBase(String value) {
    set(common.base, value);
    return this;
  }

  public Param<String> baseDtype() {
    return common.baseDtype;
  }

  public String getBaseDtype() {
    return common.typeName();
  }

  public AdapterGenerator setBaseDtype(String value) {
    set(common.baseDtype, value);
    return this;
  }

  public Param<String> baseQuantization() {
    return common.baseQuantization;
  }

  public AdapterGenerator setBaseQuantization(String value) {
    set(common.baseQuantization, value);
    return this;
  }

  public Param<String> adapterDtype() {
    return common.adapterDtype;
  }

  public AdapterGenerator setAdapterDtype(String value) {
    set(common.adapterDtype, value);
    return this;
  }

  public Param<String> rowFormat() {
    return sequences.rowFormat;
  }

  /** Names the form of the rows, as {@code data.row-format} of a recipe does. */
  public AdapterGenerator setRowFormat(String value) {
    set(sequences.rowFormat, value);
    return this;
  }

  public StringArrayParam rowColumns() {
    return sequences.rowColumns;
  }

  /**
   * Names columns that are called otherwise, each as {@code NAME=COLUMN} by the form's own name.
   */
  public AdapterGenerator setRowColumns(String... value) {
    set(sequences.rowColumns, value.clone());
    return this;
  }

  public Param<String> keyCol() {
    return sequences.keyCol;
  }

  public AdapterGenerator setKeyCol(String value) {
    set(sequences.keyCol, value);
    return this;
  }

  public Param<String> imageCol() {
    return pictures.imageCol;
  }

  /** Names the column with a row's pictures: bytes of a file, its path, or a list of these. */
  public AdapterGenerator setImageCol(String value) {
    set(pictures.imageCol, value);
    return this;
  }

  public Param<String> imageFolder() {
    return pictures.imageFolder;
  }

  /** Names the folder in which the pictures lie that rows name by paths. */
  public AdapterGenerator setImageFolder(String value) {
    set(pictures.imageFolder, value);
    return this;
  }

  public Param<String> imageFit() {
    return pictures.imageFit;
  }

  /** Says how a picture becomes square: {@code padded} or {@code stretched}. */
  public AdapterGenerator setImageFit(String value) {
    set(pictures.imageFit, value);
    return this;
  }

  public Param<String> generatedCol() {
    return generatedCol;
  }

  public AdapterGenerator setGeneratedCol(String value) {
    set(generatedCol, value);
    return this;
  }

  public Param<String> finishCol() {
    return finishCol;
  }

  public AdapterGenerator setFinishCol(String value) {
    set(finishCol, value);
    return this;
  }

  public Param<String> chatFormat() {
    return sequences.chatFormat;
  }

  public AdapterGenerator setChatFormat(String value) {
    set(sequences.chatFormat, value);
    return this;
  }

  public Param<String> trainOn() {
    return sequences.trainOn;
  }

  public AdapterGenerator setTrainOn(String value) {
    set(sequences.trainOn, value);
    return this;
  }

  public Param<String> truncation() {
    return sequences.truncation;
  }

  public AdapterGenerator setTruncation(String value) {
    set(sequences.truncation, value);
    return this;
  }

  public Param<String> packing() {
    return sequences.packing;
  }

  public AdapterGenerator setPacking(String value) {
    set(sequences.packing, value);
    return this;
  }

  public IntParam maxTokens() {
    return sequences.maxTokens;
  }

  public AdapterGenerator setMaxTokens(int value) {
    set(sequences.maxTokens, (Object) value);
    return this;
  }

  public IntParam microBatchTokens() {
    return sequences.microBatchTokens;
  }

  public AdapterGenerator setMicroBatchTokens(int value) {
    set(sequences.microBatchTokens, (Object) value);
    return this;
  }

  public Param<String> teacher() {
    return sequences.teacher;
  }

  /** Names a ViT, as a base is named, that a decoder learns to see beside. */
  public AdapterGenerator setTeacher(String value) {
    set(sequences.teacher, value);
    return this;
  }

  public IntParam imageSide() {
    return sequences.imageSide;
  }

  public AdapterGenerator setImageSide(int value) {
    set(sequences.imageSide, (Object) value);
    return this;
  }

  public IntParam imagePatch() {
    return sequences.imagePatch;
  }

  public AdapterGenerator setImagePatch(int value) {
    set(sequences.imagePatch, (Object) value);
    return this;
  }

  public IntParam imageWidth() {
    return sequences.imageWidth;
  }

  public AdapterGenerator setImageWidth(int value) {
    set(sequences.imageWidth, (Object) value);
    return this;
  }

  public IntParam imageLayers() {
    return sequences.imageLayers;
  }

  public AdapterGenerator setImageLayers(int value) {
    set(sequences.imageLayers, (Object) value);
    return this;
  }

  public Param<String> imageAttention() {
    return sequences.imageAttention;
  }

  public AdapterGenerator setImageAttention(String value) {
    set(sequences.imageAttention, value);
    return this;
  }

  public Param<String> method() {
    return tuning.method;
  }

  public AdapterGenerator setMethod(String value) {
    set(tuning.method, value);
    return this;
  }

  public IntParam rank() {
    return tuning.rank;
  }

  public AdapterGenerator setRank(int value) {
    set(tuning.rank, (Object) value);
    return this;
  }

  public DoubleParam alpha() {
    return tuning.alpha;
  }

  public AdapterGenerator setAlpha(double value) {
    set(tuning.alpha, (Object) value);
    return this;
  }

  public StringArrayParam targets() {
    return tuning.targets;
  }

  /** Names of modules or ends of their paths, or {@code all-linear} alone. */
  public AdapterGenerator setTargets(String... value) {
    set(tuning.targets, value.clone());
    return this;
  }

  public StringArrayParam modulesToSave() {
    return tuning.modulesToSave;
  }

  public AdapterGenerator setModulesToSave(String... value) {
    set(tuning.modulesToSave, value.clone());
    return this;
  }

  public DoubleParam learningRate() {
    return tuning.learningRate;
  }

  public AdapterGenerator setLearningRate(double value) {
    set(tuning.learningRate, (Object) value);
    return this;
  }

  public DoubleParam epochs() {
    return tuning.epochs;
  }

  public AdapterGenerator setEpochs(double value) {
    set(tuning.epochs, (Object) value);
    return this;
  }

  public IntParam batchSize() {
    return tuning.batchSize;
  }

  public AdapterGenerator setBatchSize(int value) {
    set(tuning.batchSize, (Object) value);
    return this;
  }

  public IntParam groups() {
    return tuning.groups;
  }

  public AdapterGenerator setGroups(int value) {
    set(tuning.groups, (Object) value);
    return this;
  }

  public LongParam seed() {
    return tuning.seed;
  }

  public AdapterGenerator setSeed(long value) {
    set(tuning.seed, (Object) value);
    return this;
  }

  public DoubleParam weightDecay() {
    return tuning.weightDecay;
  }

  public AdapterGenerator setWeightDecay(double value) {
    set(tuning.weightDecay, (Object) value);
    return this;
  }

  public DoubleParam warmupFraction() {
    return tuning.warmupFraction;
  }

  public AdapterGenerator setWarmupFraction(double value) {
    set(tuning.warmupFraction, (Object) value);
    return this;
  }

  public Param<String> workDirectory() {
    return tuning.workDirectory;
  }

  public AdapterGenerator setWorkDirectory(String value) {
    set(tuning.workDirectory, value);
    return this;
  }
}
