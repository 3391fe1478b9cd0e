package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ModuleChoice;
import dev.rankwise.adapters.vora.Vora;
import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.pipeline.plan.PlanSettings;
import dev.rankwise.pipeline.train.TrainingSettings;
import dev.rankwise.pipeline.train.WarmUp;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.LongParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;

/** The parameters that only tuning needs, and the settings that they come to. */
final class TuningParams implements Serializable {
  private static final long serialVersionUID = 1L;

  final Param<String> method;
  final IntParam rank;
  final DoubleParam alpha;
  final StringArrayParam targets;
  final StringArrayParam modulesToSave;
  final DoubleParam learningRate;
  final DoubleParam epochs;
  final IntParam batchSize;
  final IntParam groups;
  final LongParam seed;
  final DoubleParam weightDecay;
  final DoubleParam warmupFraction;
  final Param<String> workDirectory;

  private final Params stage;
  private final ReplicaParams common;
  private final IntParam microBatchTokens;

  /**
   * The parameters of a stage.
   *
   * @param microBatchTokens the stage's parameter of that name
   */
  TuningParams(ReplicaParams common, IntParam microBatchTokens) {
    this.common = common;
    this.microBatchTokens = microBatchTokens;
    stage = common.stage();
    method =
        new Param<>(
            stage,
            "method",
            "how modules are adapted: lora and what recipes know besides, or none for the head alone");
    rank = new IntParam(stage, "rank", "rank of the update of each module");
    alpha =
        new DoubleParam(
            stage,
            "alpha",
            "numerator of the update's scale, alpha / rank; of vora the rank unless it is set");
    targets =
        new StringArrayParam(
            stage,
            "targets",
            "modules to adapt: names or ends of paths, or all-linear alone; empty for the usual"
                + " ones of the base");
    modulesToSave =
        new StringArrayParam(
            stage, "modulesToSave", "modules trained whole; the classifier always is");
    learningRate = new DoubleParam(stage, "learningRate", "highest learning rate");
    epochs = new DoubleParam(stage, "epochs", "how often each example is seen");
    batchSize = new IntParam(stage, "batchSize", "examples of one step, on all executors");
    groups = new IntParam(stage, "groups", "Spark tasks of one step");
    seed = new LongParam(stage, "seed", "where initial values and the order of examples come from");
    weightDecay = new DoubleParam(stage, "weightDecay", "weight decay of AdamW");
    warmupFraction =
        new DoubleParam(stage, "warmupFraction", "share of the steps in which the rate rises");
    workDirectory =
        new Param<>(
            stage,
            "workDirectory",
            "folder for prepared rows while fitting, which all executors reach; empty for Java's"
                + " temporary folder, with a local master only");
  }

  /** Sets what holds where the user says nothing: the same as where a recipe says nothing. */
  void setDefaults() {
    AdapterSpec usual = AdapterSpec.of("lora");
    TrainingSettings training = TrainingSettings.defaults(0, 5e-4);
    stage.setDefault(method, usual.method());
    stage.setDefault(rank, usual.rank());
    stage.setDefault(alpha, usual.alpha());
    stage.setDefault(targets, new String[0]);
    stage.setDefault(modulesToSave, new String[0]);
    stage.setDefault(learningRate, training.learningRate());
    stage.setDefault(epochs, training.plan().epochs());
    stage.setDefault(batchSize, training.plan().batchSize());
    stage.setDefault(groups, training.plan().groups());
    stage.setDefault(seed, training.plan().seed());
    stage.setDefault(weightDecay, 0.01);
    stage.setDefault(warmupFraction, training.warmUp().fraction());
    stage.setDefault(workDirectory, "");
  }

  int whole(IntParam param) {
    return common.whole(param);
  }

  double number(DoubleParam param) {
    return (Double) stage.getOrDefault(param);
  }

  long seed() {
    return (Long) stage.getOrDefault(seed);
  }

  List<String> texts(StringArrayParam param) {
    return List.of(stage.getOrDefault(param));
  }

  /**
   * What is trained.
   *
   * @param task PEFT's word for what the base is to do
   */
  AdapterSpec adapter(String task) {
    return AdapterSpec.of(common.text(method))
        .withRank(whole(rank), scale())
        .withTargets(choice(texts(targets)))
        .withModulesToSave(texts(modulesToSave))
        .withTaskType(task);
  }

  /** Whether a decoder is to learn to see. */
  private boolean learnsToSee() {
    return common.text(method).equals(new Vora().name());
  }

  /**
   * Refuses pictures without eyes, and eyes without pictures.
   *
   * @param column the column of pictures; empty for none
   */
  void requirePictures(String column) {
    if (learnsToSee() == column.isEmpty()) {
      throw new UserInputException(
          learnsToSee()
              ? "Cannot learn to see without pictures: method is \"vora\"; name their column in"
                  + " imageCol, or choose another method"
              : ("Cannot read pictures from column \"%s\": the base does not see; leave imageCol"
                      + " empty, or set method to \"vora\"")
                  .formatted(column));
    }
  }

  /** VoRA has no scale of its own: it is 1 unless one is asked for. */
  private double scale() {
    return learnsToSee() && !stage.isSet(alpha) ? whole(rank) : number(alpha);
  }

  private static ModuleChoice choice(List<String> names) {
    if (names.isEmpty()) {
      return ModuleChoice.unset();
    }
    ModuleChoice alone = ModuleChoice.of(names.get(0));
    return names.size() == 1 && alone.kind() == ModuleChoice.Kind.ALL_LINEAR
        ? alone
        : ModuleChoice.of(names);
  }

  TrainingSettings training() {
    TrainingSettings usual = TrainingSettings.defaults(seed(), number(learningRate));
    return new TrainingSettings(
        new PlanSettings(
            seed(),
            whole(batchSize),
            whole(groups),
            common.positive(microBatchTokens),
            number(epochs),
            PlanSettings.UNLIMITED,
            usual.plan().lastStep()),
        number(learningRate),
        usual.shape(),
        WarmUp.ofFraction(number(warmupFraction)),
        usual.optimizer(),
        usual.clip(),
        usual.policy());
  }

  double weightDecay() {
    double decay = number(weightDecay);
    if (!(decay >= 0) || Double.isInfinite(decay)) {
      throw new UserInputException(
          "Invalid weightDecay: %s (must be at least 0 and finite); set another".formatted(decay));
    }
    return decay;
  }

  /**
   * What decides the adapter's bytes beside base and data, under the names that recipes use.
   *
   * @param pictures how colours become numbers; empty of a base that reads texts
   * @param teacher hash of a teacher's files; empty without one
   */
  SortedMap<String, String> decisive(
      Optional<PicturePreparation> pictures, Optional<String> teacher) {
    SortedMap<String, String> settings = new TreeMap<>();
    teacher.ifPresent(sha256 -> settings.put("adapter.teacher", sha256));
    pictures.ifPresent(it -> settings.put("data.image-normalisation", it.normalisation()));
    settings.put("adapter.method", common.text(method));
    settings.put("adapter.rank", Integer.toString(whole(rank)));
    settings.put("adapter.alpha", Double.toString(scale()));
    settings.put("adapter.targets", Arrays.toString(stage.getOrDefault(targets)));
    settings.put("adapter.modules-to-save", Arrays.toString(stage.getOrDefault(modulesToSave)));
    settings.put("base.dtype", common.typeName());
    settings.put("base.quantization", common.text(common.baseQuantization));
    settings.put("train.adapter-compute", common.text(common.adapterDtype));
    settings.put("train.batch-size", Integer.toString(whole(batchSize)));
    settings.put("train.epochs", Double.toString(number(epochs)));
    settings.put("train.groups", Integer.toString(whole(groups)));
    settings.put("train.learning-rate", Double.toString(number(learningRate)));
    settings.put("train.micro-batch-tokens", Integer.toString(common.positive(microBatchTokens)));
    settings.put("train.seed", Long.toString(seed()));
    settings.put("train.warmup-fraction", Double.toString(number(warmupFraction)));
    settings.put("train.weight-decay", Double.toString(number(weightDecay)));
    return settings;
  }
}
