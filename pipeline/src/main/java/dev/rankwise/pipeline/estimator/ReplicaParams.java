package dev.rankwise.pipeline.estimator;

import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.BaseType;
import dev.rankwise.models.network.ReplicaSettings;
import dev.rankwise.models.quantized.BaseForm;
import dev.rankwise.models.torch.FloatProducts;
import dev.rankwise.models.torch.Processor;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import org.apache.spark.SparkContext;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.param.StringArrayParam;

/** The parameters of every stage: which base, and in what types it is computed. */
final class ReplicaParams implements Serializable {
  private static final long serialVersionUID = 1L;

  final Param<String> base;
  final Param<String> baseDtype;
  final Param<String> baseQuantization;
  final Param<String> adapterDtype;

  private final Params stage;

  /**
   * The parameters of {@code stage}, which has its uid already.
   *
   * @param stage an estimator or a model
   */
  ReplicaParams(Params stage) {
    this.stage = stage;
    base = new Param<>(stage, "base", "the frozen model: \"minilm\", a path, file: or jar:/folder");
    baseDtype = new Param<>(stage, "baseDtype", "element type of the base: float32 or bfloat16");
    baseQuantization =
        new Param<>(
            stage,
            "baseQuantization",
            "four bits in which the base's linear weights are held: none, nf4, fp4 …");
    adapterDtype =
        new Param<>(
            stage, "adapterDtype", "element type of the adapter's products: float32 or bfloat16");
  }

  Params stage() {
    return stage;
  }

  /**
   * Sets what holds where the user says nothing. The stage must have all its parameters by now.
   *
   * @param held how the base is held, which goes for an adapter that was trained on four bits
   */
  void setDefaults(BaseHolding held) {
    BaseHolding usual = held.unlessAsItIs();
    stage.setDefault(baseDtype, usual.typeName());
    stage.setDefault(baseQuantization, usual.form().label());
    stage.setDefault(adapterDtype, word(BaseType.FLOAT32));
  }

  /**
   * Name of the base's element type: what is set, else what is usual of the form that is set, else
   * what the stage was made with.
   */
  String typeName() {
    boolean open = !stage.isSet(baseDtype) && stage.isSet(baseQuantization);
    BaseForm form = form();
    return open && !form.equals(BaseForm.DENSE)
        ? word(BaseHolding.usualType(form))
        : text(baseDtype);
  }

  private BaseForm form() {
    return BaseForm.labelled(text(baseQuantization), baseQuantization.name());
  }

  /** The value of a text parameter. */
  String text(Param<String> param) {
    if (!stage.isDefined(param)) {
      throw new UserInputException(
          "Parameter %s is not set (it has no default: %s); set it"
              .formatted(param.name(), param.doc()));
    }
    return stage.getOrDefault(param);
  }

  int whole(IntParam param) {
    return (Integer) stage.getOrDefault(param);
  }

  /** The value of a parameter that must be at least 1. */
  int positive(IntParam param) {
    int value = whole(param);
    if (value < 1) {
      throw new UserInputException(
          "Invalid %s: %s (must be at least 1); set another".formatted(param.name(), value));
    }
    return value;
  }

  String[] texts(StringArrayParam param) {
    return stage.getOrDefault(param).clone();
  }

  /**
   * How replicas compute.
   *
   * @param products library of the frozen products in float32
   * @param threads threads inside one operation
   */
  ReplicaSettings replica(FloatProducts products, int threads) {
    return new ReplicaSettings(
            elementType(baseDtype, typeName()),
            elementType(adapterDtype, text(adapterDtype)),
            products,
            threads)
        .with(form());
  }

  /**
   * How replicas compute where no executor was asked: the library of float32 products by this
   * host's processor, a guess at the executors'. Another library is slower, not wrong.
   */
  ReplicaSettings replica(SparkContext spark) {
    return replica(FloatProducts.fasterOn(Processor.ofThisHost()), threads(spark));
  }

  /** Native threads of one task: as many as it has cores. */
  static int threads(SparkContext spark) {
    return spark.getConf().getInt("spark.task.cpus", 1);
  }

  /** The element type of that name, which {@code param} says. */
  private static BaseType elementType(Param<String> param, String word) {
    return constant(BaseType.class, word)
        .orElseThrow(
            () ->
                new UserInputException(
                    "Invalid %s: \"%s\" (must be float32 or bfloat16); set one of these"
                        .formatted(param.name(), word)));
  }

  /** The constant that a parameter names so; empty if it names none. */
  static <E extends Enum<E>> Optional<E> constant(Class<E> type, String word) {
    return Arrays.stream(type.getEnumConstants())
        .filter(constant -> word(constant).equals(word))
        .findFirst();
  }

  /** How parameters spell a constant. */
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
