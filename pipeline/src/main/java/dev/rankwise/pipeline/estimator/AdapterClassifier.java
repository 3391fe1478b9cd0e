package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.DataPreparation;
import dev.rankwise.datasets.prepare.PreparationSettings;
import dev.rankwise.datasets.prepare.SplitRule;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.datasets.source.RowSources;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.network.FloatProducts;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import dev.rankwise.pipeline.executor.ExecutorProbe;
import dev.rankwise.pipeline.executor.ExecutorState;
import dev.rankwise.pipeline.model.AdaptedClassifier;
import dev.rankwise.pipeline.tune.AdapterTuning;
import dev.rankwise.pipeline.tune.PreparedExamples;
import dev.rankwise.pipeline.tune.TunedModel;
import dev.rankwise.pipeline.tune.TuningSettings;
import dev.rankwise.pipeline.tune.WorkFolder;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
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
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * Tunes a classifier of texts on a frozen base, as a stage of Spark ML.
 *
 * <pre>{@code
 * AdapterClassifierModel model =
 *     new AdapterClassifier().setBase("minilm").setTextCol("gloss").fit(train);
 * Dataset<Row> labelled = model.transform(rows);
 * }</pre>
 *
 * <p>All rows are trained on, none is held out. The adapter has the same bytes as one that is tuned
 * from a recipe with the same settings on the same rows, in whatever order or number of partitions
 * they come. While it fits, the prepared rows lie in a fresh folder below {@code workDirectory}.
 */
public final class AdapterClassifier extends Estimator<AdapterClassifierModel>
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;
  private static final String ROWS = "the DataFrame";

  private final String uid;
  private final StageParams shared;
  private final TuningParams tuning;

  /** An estimator with a uid of its own. */
  public AdapterClassifier() {
    this(Identifiable.randomUID("adapterClassifier"));
  }

  /** An estimator of that uid. */
  public AdapterClassifier(String uid) {
    this.uid = uid;
    this.shared = new StageParams(this);
    this.tuning = new TuningParams(this, shared);
    shared.setDefaults(BaseHolding.usual());
    tuning.setDefaults();
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
   * @throws dev.rankwise.models.failure.RankwiseException as {@link DataPreparation#prepare} and
   *     {@link AdapterTuning#tune} do
   */
  @Override
  public AdapterClassifierModel fit(Dataset<?> dataset) {
    transformSchema(dataset.schema());
    SparkSession spark = dataset.sparkSession();
    SparkContext context = spark.sparkContext();
    BaseDirectory base = SparkBases.source().resolve(getBase());
    BaseReference reference = BaseReference.to(getBase(), base);
    ModelConfig config = AdaptedClassifier.requireReader(ModelConfig.read(base.config()));
    DataPreparation preparation = preparation(dataset, reference, config);
    try (WorkFolder folder =
        WorkFolder.fresh(
            context.master(), "workDirectory", getWorkDirectory(), context.hadoopConfiguration())) {
      int threads = ReplicaParams.threads(context);
      List<ExecutorState> executors =
          ExecutorProbe.ask(JavaSparkContext.fromSparkContext(context), threads);
      FloatProducts products = executors.get(0).floatProducts();
      TuningSettings settings = settings(reference, shared.replica(products, threads));
      PreparedData data = preparation.prepare(spark, folder.resolve("data"));
      List<Double> losses = new ArrayList<>();
      TunedModel tuned =
          new AdapterTuning(spark, executors, settings)
              .tune(
                  data.manifest(),
                  PreparedExamples.of(spark, data, Split.TRAIN),
                  step -> losses.add(step.loss()),
                  AdapterTuning.Selector.last(),
                  Clock.systemUTC());
      return model(tuned, data, losses);
    }
  }

  private DataPreparation preparation(Dataset<?> dataset, BaseReference base, ModelConfig config) {
    return new DataPreparation(
        RowSources.of(dataset.toDF(), ROWS),
        PreparationSettings.of(tuning.columns(), SplitRule.trainOnly())
            .withMaximumTokens(shared.maximumTokens(config)),
        new BaseTokenizerSource(base));
  }

  private TuningSettings settings(BaseReference base, ReplicaSettings replica) {
    return new TuningSettings(
        base,
        tuning.adapter(),
        tuning.training(),
        tuning.weightDecay(),
        replica,
        tuning.decisive());
  }

  private AdapterClassifierModel model(TunedModel tuned, PreparedData data, List<Double> losses) {
    AdapterClassifierSummary summary =
        new AdapterClassifierSummary(
            losses,
            data.manifest().funnel(),
            tuned.fingerprint(),
            tuned.training().tokensPerSecond());
    TrainedAdapter trained = TrainedAdapter.of(tuned);
    AdapterClassifierModel model = new AdapterClassifierModel(uid, trained, summary);
    return copyValues(model, ParamMap.empty()).setParent(this);
  }

  @Override
  public AdapterClassifier copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  /** Loads estimators that were saved. */
  public static MLReader<AdapterClassifier> read() {
    return new EstimatorReader();
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
    return shared.text(shared.baseDtype);
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
    return tuning.labelCol;
  }

  public String getLabelCol() {
    return shared.text(tuning.labelCol);
  }

  public AdapterClassifier setLabelCol(String value) {
    set(tuning.labelCol, value);
    return this;
  }

  public Param<String> keyCol() {
    return tuning.keyCol;
  }

  public String getKeyCol() {
    return shared.text(tuning.keyCol);
  }

  public AdapterClassifier setKeyCol(String value) {
    set(tuning.keyCol, value);
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
