package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.prepare.TokenizerSource;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.tune.FrameTuning;
import dev.rankwise.pipeline.tune.TuningSettings;
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
 * Tunes a classifier of texts or pictures on a frozen base, as a stage of Spark ML.
 *
 * <pre>{@code
 * AdapterClassifierModel model =
 *     new AdapterClassifier().setBase("minilm").setTextCol("gloss").fit(train);
 * Dataset<Row> labelled = model.transform(rows);
 * }</pre>
 *
 * <p>On a base that reads pictures, {@code setImageCol} names their column in the place of {@code
 * setTextCol}. All rows are trained on, none is held out. The adapter has the same bytes as one
 * that is tuned from a recipe with the same settings on the same rows, in whatever order or number
 * of partitions they come. While it fits, the prepared rows lie in a fresh folder below {@code
 * workDirectory}.
 */
public final class AdapterClassifier extends Estimator<AdapterClassifierModel>
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;

  private final String uid;
  private final StageParams shared;
  private final TuningParams tuning;
  private final Param<String> labelCol;
  private final Param<String> keyCol;

  /** An estimator with a uid of its own. */
  public AdapterClassifier() {
    this(Identifiable.randomUID("adapterClassifier"));
  }

  /** An estimator of that uid. */
  public AdapterClassifier(String uid) {
    this.uid = uid;
    this.shared = new StageParams(this);
    this.tuning = new TuningParams(shared.common(), shared.microBatchTokens);
    this.labelCol = new Param<>(this, "labelCol", "column with the label");
    this.keyCol =
        new Param<>(
            this, "keyCol", "column with a row's stable id; empty for the hash of text and label");
    shared.setDefaults(BaseHolding.usual());
    tuning.setDefaults();
    setDefault(labelCol, "label");
    setDefault(keyCol, "");
  }

  @Override
  public String uid() {
    return uid;
  }

  @Override
  public StructType transformSchema(StructType schema) {
    FrameColumns.place(schema, getLabelCol(), "labelCol");
    if (!getKeyCol().isEmpty()) {
      FrameColumns.place(schema, getKeyCol(), "keyCol");
    }
    return shared.columns().added(schema);
  }

  /**
   * Prepares the rows, tunes on them and gives the model, with a summary.
   *
   * @throws dev.rankwise.models.failure.RankwiseException as {@link FrameTuning#tune} does, or if
   *     the base does not read what the rows hold
   */
  @Override
  public AdapterClassifierModel fit(Dataset<?> dataset) {
    BaseDirectory found = SparkBases.source().resolve(getBase());
    ModelConfig config = ModelConfig.read(found.config());
    // Before the columns, since what the base reads decides which is asked for.
    Optional<PictureForm> form = shared.form(found, config);
    transformSchema(dataset.schema());
    BaseReference base = BaseReference.to(getBase(), found);
    int threads = ReplicaParams.threads(dataset.sparkSession().sparkContext());
    PreparationSettings rows =
        PreparationSettings.of(shared.labelled(getLabelCol(), getKeyCol()), SplitRule.trainOnly());
    FrameTuning.Tuned tuned =
        new FrameTuning(
                form.map(rows::withPictures)
                    .orElseGet(() -> rows.withMaximumTokens(shared.maximumTokens(config))),
                TokenizerSource.of(base, config),
                shared.pictures.folder(),
                getWorkDirectory(),
                threads)
            .tune(
                dataset.toDF(),
                products ->
                    new TuningSettings(
                        base,
                        tuning.adapter(AdapterSpec.CLASSIFICATION),
                        tuning.training(),
                        tuning.weightDecay(),
                        shared.common().replica(products, threads),
                        tuning.decisive(form.map(PictureForm::preparation), Optional.empty())));
    AdapterClassifierModel model =
        new AdapterClassifierModel(uid, TrainedAdapter.of(tuned.model()), AdapterSummary.of(tuned));
    return copyValues(model, ParamMap.empty()).setParent(this);
  }

  @Override
  public AdapterClassifier copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  /** Loads estimators that were saved. */
  public static MLReader<AdapterClassifier> read() {
    return StageMetadata.reader(AdapterClassifier.class, AdapterClassifier::new);
  }

  /** Loads an estimator that was saved at {@code path}. */
  public static AdapterClassifier load(String path) {
    return read().load(path);
  }

  public Param<String> base() {
    return shared.base;
  }

  public String getBase() {
    return shared.text(shared.base);
  }

  public AdapterClassifier setBase(String value) {
    set(shared.base, value);
    return this;
  }

  public Param<String> baseDtype() {
    return shared.baseDtype;
  }

  public String getBaseDtype() {
    return shared.typeName();
  }

  public AdapterClassifier setBaseDtype(String value) {
    set(shared.baseDtype, value);
    return this;
  }

  public Param<String> baseQuantization() {
    return shared.baseQuantization;
  }

  public String getBaseQuantization() {
    return shared.text(shared.baseQuantization);
  }

  public AdapterClassifier setBaseQuantization(String value) {
    set(shared.baseQuantization, value);
    return this;
  }

  public Param<String> adapterDtype() {
    return shared.adapterDtype;
  }

  public String getAdapterDtype() {
    return shared.text(shared.adapterDtype);
  }

  public AdapterClassifier setAdapterDtype(String value) {
    set(shared.adapterDtype, value);
    return this;
  }

  public Param<String> textCol() {
    return shared.textCol;
  }

  public String getTextCol() {
    return shared.text(shared.textCol);
  }

  public AdapterClassifier setTextCol(String value) {
    set(shared.textCol, value);
    return this;
  }

  public Param<String> imageCol() {
    return shared.pictures.imageCol;
  }

  public String getImageCol() {
    return shared.text(shared.pictures.imageCol);
  }

  /** Names the column with the pictures of a base that reads them: files as bytes, or paths. */
  public AdapterClassifier setImageCol(String value) {
    set(shared.pictures.imageCol, value);
    return this;
  }

  public Param<String> imageFolder() {
    return shared.pictures.imageFolder;
  }

  /** Names the folder in which the pictures lie that rows name by paths. */
  public AdapterClassifier setImageFolder(String value) {
    set(shared.pictures.imageFolder, value);
    return this;
  }

  public Param<String> imageFit() {
    return shared.pictures.imageFit;
  }

  /** Says how a picture becomes square: {@code stretched} or {@code padded}. */
  public AdapterClassifier setImageFit(String value) {
    set(shared.pictures.imageFit, value);
    return this;
  }

  public Param<String> predictionCol() {
    return shared.predictionCol;
  }

  public String getPredictionCol() {
    return shared.text(shared.predictionCol);
  }

  public AdapterClassifier setPredictionCol(String value) {
    set(shared.predictionCol, value);
    return this;
  }

  public Param<String> probabilityCol() {
    return shared.probabilityCol;
  }

  public String getProbabilityCol() {
    return shared.text(shared.probabilityCol);
  }

  public AdapterClassifier setProbabilityCol(String value) {
    set(shared.probabilityCol, value);
    return this;
  }

  public Param<String> reasonCol() {
    return shared.reasonCol;
  }

  public AdapterClassifier setReasonCol(String value) {
    set(shared.reasonCol, value);
    return this;
  }

  public IntParam maxTokens() {
    return shared.maxTokens;
  }

  public int getMaxTokens() {
    return shared.whole(shared.maxTokens);
  }

  public AdapterClassifier setMaxTokens(int value) {
    set(shared.maxTokens, (Object) value);
    return this;
  }

  public IntParam microBatchTokens() {
    return shared.microBatchTokens;
  }

  public int getMicroBatchTokens() {
    return shared.whole(shared.microBatchTokens);
  }

  public AdapterClassifier setMicroBatchTokens(int value) {
    set(shared.microBatchTokens, (Object) value);
    return this;
  }

  public Param<String> labelCol() {
    return labelCol;
  }

  public String getLabelCol() {
    return shared.text(labelCol);
  }

  public AdapterClassifier setLabelCol(String value) {
    set(labelCol, value);
    return this;
  }

  public Param<String> keyCol() {
    return keyCol;
  }

  public String getKeyCol() {
    return shared.text(keyCol);
  }

  public AdapterClassifier setKeyCol(String value) {
    set(keyCol, value);
    return this;
  }

  public Param<String> method() {
    return tuning.method;
  }

  public String getMethod() {
    return shared.text(tuning.method);
  }

  public AdapterClassifier setMethod(String value) {
    set(tuning.method, value);
    return this;
  }

  public IntParam rank() {
    return tuning.rank;
  }

  public int getRank() {
    return tuning.whole(tuning.rank);
  }

  public AdapterClassifier setRank(int value) {
    set(tuning.rank, (Object) value);
    return this;
  }

  public DoubleParam alpha() {
    return tuning.alpha;
  }

  public double getAlpha() {
    return tuning.number(tuning.alpha);
  }

  public AdapterClassifier setAlpha(double value) {
    set(tuning.alpha, (Object) value);
    return this;
  }

  public StringArrayParam targets() {
    return tuning.targets;
  }

  public List<String> getTargets() {
    return tuning.texts(tuning.targets);
  }

  /** Names of modules or ends of their paths, or {@code all-linear} alone. */
  public AdapterClassifier setTargets(String... value) {
    set(tuning.targets, value.clone());
    return this;
  }

  public StringArrayParam modulesToSave() {
    return tuning.modulesToSave;
  }

  public List<String> getModulesToSave() {
    return tuning.texts(tuning.modulesToSave);
  }

  public AdapterClassifier setModulesToSave(String... value) {
    set(tuning.modulesToSave, value.clone());
    return this;
  }

  public DoubleParam learningRate() {
    return tuning.learningRate;
  }

  public double getLearningRate() {
    return tuning.number(tuning.learningRate);
  }

  public AdapterClassifier setLearningRate(double value) {
    set(tuning.learningRate, (Object) value);
    return this;
  }

  public DoubleParam epochs() {
    return tuning.epochs;
  }

  public double getEpochs() {
    return tuning.number(tuning.epochs);
  }

  public AdapterClassifier setEpochs(double value) {
    set(tuning.epochs, (Object) value);
    return this;
  }

  public IntParam batchSize() {
    return tuning.batchSize;
  }

  public int getBatchSize() {
    return tuning.whole(tuning.batchSize);
  }

  public AdapterClassifier setBatchSize(int value) {
    set(tuning.batchSize, (Object) value);
    return this;
  }

  public IntParam groups() {
    return tuning.groups;
  }

  public int getGroups() {
    return tuning.whole(tuning.groups);
  }

  public AdapterClassifier setGroups(int value) {
    set(tuning.groups, (Object) value);
    return this;
  }

  public LongParam seed() {
    return tuning.seed;
  }

  public long getSeed() {
    return tuning.seed();
  }

  public AdapterClassifier setSeed(long value) {
    set(tuning.seed, (Object) value);
    return this;
  }

  public DoubleParam weightDecay() {
    return tuning.weightDecay;
  }

  public double getWeightDecay() {
    return tuning.number(tuning.weightDecay);
  }

  public AdapterClassifier setWeightDecay(double value) {
    set(tuning.weightDecay, (Object) value);
    return this;
  }

  public DoubleParam warmupFraction() {
    return tuning.warmupFraction;
  }

  public double getWarmupFraction() {
    return tuning.number(tuning.warmupFraction);
  }

  public AdapterClassifier setWarmupFraction(double value) {
    set(tuning.warmupFraction, (Object) value);
    return this;
  }

  public Param<String> workDirectory() {
    return tuning.workDirectory;
  }

  public String getWorkDirectory() {
    return shared.text(tuning.workDirectory);
  }

  public AdapterClassifier setWorkDirectory(String value) {
    set(tuning.workDirectory, value);
    return this;
  }
}
