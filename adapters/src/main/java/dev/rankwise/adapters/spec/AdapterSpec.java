package dev.rankwise.adapters.spec;

import dev.rankwise.models.failure.UserInputException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * What the user asks of an adapter, with PEFT's names and defaults.
 *
 * @param method name of the method, as {@code AdapterMethods} lists it
 * @param rank columns of the factors, at least 1
 * @param alpha numerator of the scale
 * @param dropout share of the adapter's input that is dropped in training, [0, 1)
 * @param scaling how the scale follows from alpha and rank
 * @param initialisation how the factors start
 * @param targets modules to adapt
 * @param excluded modules never to adapt
 * @param layers which layers to adapt; empty for all; only with a list of targets
 * @param layersPattern names of the list of layers; empty for any; only with {@code layers}
 * @param rankPattern expression over module paths to rank; the first that matches wins
 * @param alphaPattern expression over module paths to alpha; the first that matches wins
 * @param modulesToSave modules of the base that are trained in full and saved with the adapter
 * @param beside what is trained beside factors and modules
 * @param taskType PEFT's name of the task, such as {@code SEQ_CLS}; empty for none
 * @param autoMapping PEFT's JSON object on the class of the base, which it writes where no task is
 *     named; kept as text and never looked into; empty for none
 * @param allocation how rank moves between modules, where the method moves it
 * @param mixture how experts are routed, where the method has several
 * @param further choices of modules that one method alone reads, by PEFT's name of the field
 * @param vision how a decoder sees by the adapter, where it does
 */
public record AdapterSpec(
    String method,
    int rank,
    double alpha,
    double dropout,
    Scaling scaling,
    Initialisation initialisation,
    ModuleChoice targets,
    ModuleChoice excluded,
    List<Integer> layers,
    List<String> layersPattern,
    Map<String, Integer> rankPattern,
    Map<String, Double> alphaPattern,
    List<String> modulesToSave,
    TrainedBeside beside,
    String taskType,
    String autoMapping,
    RankAllocation allocation,
    ExpertMixture mixture,
    Map<String, ModuleChoice> further,
    VisionChoice vision)
    implements Serializable {

  /** PEFT's name of the task of a classifier. */
  public static final String CLASSIFICATION = "SEQ_CLS";

  /** PEFT's name of a causal language model's task. */
  public static final String CAUSAL_LANGUAGE_MODEL = "CAUSAL_LM";

  /** The two names under which transformers' classes keep a classifier's head. */
  static final List<String> HEADS = List.of("classifier", "score");

  /** How the scale s follows from α and r. */
  public enum Scaling {
    /** {@code s = α / r} (LoRA, arXiv 2106.09685, section 4.1). */
    BY_RANK,
    /** {@code s = α / √r} (rsLoRA, arXiv 2312.03732, section 3). */
    BY_ROOT_OF_RANK;

    /**
     * The scale of a module.
     *
     * @param alpha α, finite
     * @param rank r, at least 1
     */
    public double scale(double alpha, int rank) {
      return this == BY_RANK ? alpha / rank : alpha / Math.sqrt(rank);
    }
  }

  /** How the factors A (r, in) and B (out, r) start; with B zero the update starts at zero. */
  public enum Initialisation {
    /** A from U(−1/√in, 1/√in), B zero: PEFT's {@code true}. */
    KAIMING_UNIFORM,
    /** A from N(0, 1/r²), B zero: PEFT's {@code "gaussian"}. */
    GAUSSIAN,
    /**
     * A and B from the largest singular values of the weight, and these taken out of it: PEFT's
     * {@code "pissa"}. An adapter that is trained so is of another specification, {@code
     * PrincipalFactors} says which; files never name it.
     */
    PISSA
  }

  public AdapterSpec {
    layers = List.copyOf(layers);
    layersPattern = List.copyOf(layersPattern);
    rankPattern = Collections.unmodifiableMap(new LinkedHashMap<>(rankPattern));
    alphaPattern = Collections.unmodifiableMap(new LinkedHashMap<>(alphaPattern));
    modulesToSave = List.copyOf(modulesToSave);
    further = Collections.unmodifiableMap(new LinkedHashMap<>(further));
    List<String> problems = new ArrayList<>();
    checkNumbers(rank, alpha, dropout, problems);
    checkPatterns(rankPattern, alphaPattern, problems);
    checkLayers(targets, layers, layersPattern, problems);
    if (!problems.isEmpty()) {
      throw new UserInputException(String.join("; ", problems));
    }
  }

  /** What a user asks, without a word on the class of the base. */
  public AdapterSpec(
      String method,
      int rank,
      double alpha,
      double dropout,
      Scaling scaling,
      Initialisation initialisation,
      ModuleChoice targets,
      ModuleChoice excluded,
      List<Integer> layers,
      List<String> layersPattern,
      Map<String, Integer> rankPattern,
      Map<String, Double> alphaPattern,
      List<String> modulesToSave,
      TrainedBeside beside,
      String taskType) {
    this(
        method,
        rank,
        alpha,
        dropout,
        scaling,
        initialisation,
        targets,
        excluded,
        layers,
        layersPattern,
        rankPattern,
        alphaPattern,
        modulesToSave,
        beside,
        taskType,
        "",
        RankAllocation.usual(),
        ExpertMixture.usual(),
        Map.of(),
        VisionChoice.none());
  }

  /**
   * The modules that are trained in full: those named, and a classifier's head under either of its
   * names, since a head that starts fresh and is not saved would make the adapter worthless.
   */
  public List<String> allModulesToSave() {
    if (!taskType.equals(CLASSIFICATION)) {
      return modulesToSave;
    }
    return Stream.concat(modulesToSave.stream(), HEADS.stream()).distinct().toList();
  }

  /** The defaults for a method: rank 8, alpha 8, the base's usual targets. */
  public static AdapterSpec of(String method) {
    return new AdapterSpec(
        method,
        8,
        8,
        0,
        Scaling.BY_RANK,
        Initialisation.KAIMING_UNIFORM,
        ModuleChoice.unset(),
        ModuleChoice.unset(),
        List.of(),
        List.of(),
        Map.of(),
        Map.of(),
        List.of(),
        TrainedBeside.nothing(),
        "");
  }

  /** The same by another method. */
  public AdapterSpec withMethod(String newMethod) {
    return changed(draft -> draft.method = newMethod);
  }

  /** The same with a scale that follows otherwise. */
  public AdapterSpec withScaling(Scaling newScaling) {
    return changed(draft -> draft.scaling = newScaling);
  }

  /** The same with another start. */
  public AdapterSpec withInitialisation(Initialisation newInitialisation) {
    return changed(draft -> draft.initialisation = newInitialisation);
  }

  /** The same with another rank and alpha. */
  public AdapterSpec withRank(int newRank, double newAlpha) {
    return changed(
        draft -> {
          draft.rank = newRank;
          draft.alpha = newAlpha;
        });
  }

  /** The same with another share of the input dropped in training. */
  public AdapterSpec withDropout(double newDropout) {
    return changed(draft -> draft.dropout = newDropout);
  }

  /** The same with other targets. */
  public AdapterSpec withTargets(ModuleChoice newTargets) {
    return changed(draft -> draft.targets = newTargets);
  }

  /** The same with other modules trained in full. */
  public AdapterSpec withModulesToSave(List<String> newModulesToSave) {
    return changed(draft -> draft.modulesToSave = newModulesToSave);
  }

  /** The same with something else trained beside. */
  public AdapterSpec withBeside(TrainedBeside newBeside) {
    return changed(draft -> draft.beside = newBeside);
  }

  /** The same for another task. */
  public AdapterSpec withTaskType(String newTaskType) {
    return changed(draft -> draft.taskType = newTaskType);
  }

  /** The same with another allocation of rank. */
  public AdapterSpec withAllocation(RankAllocation newAllocation) {
    return changed(draft -> draft.allocation = newAllocation);
  }

  /** The same with experts routed otherwise. */
  public AdapterSpec withMixture(ExpertMixture newMixture) {
    return changed(draft -> draft.mixture = newMixture);
  }

  /** The same with other ranks by module. */
  public AdapterSpec withRankPattern(Map<String, Integer> newRankPattern) {
    return changed(draft -> draft.rankPattern = newRankPattern);
  }

  /** The same with other choices that one method alone reads. */
  public AdapterSpec withFurther(Map<String, ModuleChoice> newFurther) {
    return changed(draft -> draft.further = newFurther);
  }

  /** The same by which a decoder sees. */
  public AdapterSpec withVision(VisionChoice newVision) {
    return changed(draft -> draft.vision = newVision);
  }

  /** The same on other layers. */
  public AdapterSpec withLayers(List<Integer> newLayers) {
    return changed(draft -> draft.layers = newLayers);
  }

  /** The same with other alphas by module. */
  public AdapterSpec withAlphaPattern(Map<String, Double> newAlphaPattern) {
    return changed(draft -> draft.alphaPattern = newAlphaPattern);
  }

  private AdapterSpec changed(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.finished();
  }

  /** The same components while one of them is given another value. */
  private static final class Draft {
    private String method;
    private int rank;
    private double alpha;
    private double dropout;
    private Scaling scaling;
    private Initialisation initialisation;
    private ModuleChoice targets;
    private ModuleChoice excluded;
    private List<Integer> layers;
    private List<String> layersPattern;
    private Map<String, Integer> rankPattern;
    private Map<String, Double> alphaPattern;
    private List<String> modulesToSave;
    private TrainedBeside beside;
    private String taskType;
    private String autoMapping;
    private RankAllocation allocation;
    private ExpertMixture mixture;
    private Map<String, ModuleChoice> further;
    private VisionChoice vision;

    Draft(AdapterSpec spec) {
      this.method = spec.method;
      this.rank = spec.rank;
      this.alpha = spec.alpha;
      this.dropout = spec.dropout;
      this.scaling = spec.scaling;
      this.initialisation = spec.initialisation;
      this.targets = spec.targets;
      this.excluded = spec.excluded;
      this.layers = spec.layers;
      this.layersPattern = spec.layersPattern;
      this.rankPattern = spec.rankPattern;
      this.alphaPattern = spec.alphaPattern;
      this.modulesToSave = spec.modulesToSave;
      this.beside = spec.beside;
      this.taskType = spec.taskType;
      this.autoMapping = spec.autoMapping;
      this.allocation = spec.allocation;
      this.mixture = spec.mixture;
      this.further = spec.further;
      this.vision = spec.vision;
    }

    AdapterSpec finished() {
      return new AdapterSpec(
          method,
          rank,
          alpha,
          dropout,
          scaling,
          initialisation,
          targets,
          excluded,
          layers,
          layersPattern,
          rankPattern,
          alphaPattern,
          modulesToSave,
          beside,
          taskType,
          autoMapping,
          allocation,
          mixture,
          further,
          vision);
    }
  }

  private static void checkNumbers(int rank, double alpha, double dropout, List<String> problems) {
    if (rank < 1) {
      problems.add("Invalid rank: %s (must be at least 1)".formatted(rank));
    }
    if (!(dropout >= 0 && dropout < 1)) {
      problems.add("Invalid dropout: %s (must be in [0, 1))".formatted(dropout));
    }
    if (!Double.isFinite(alpha)) {
      problems.add("Invalid alpha: %s (must be a finite number)".formatted(alpha));
    }
  }

  private static void checkPatterns(
      Map<String, Integer> rankPattern, Map<String, Double> alphaPattern, List<String> problems) {
    rankPattern.forEach(
        (pattern, value) -> {
          if (value < 1) {
            problems.add(
                "Invalid rank: %s (pattern \"%s\", must be at least 1)".formatted(value, pattern));
          }
        });
    alphaPattern.forEach(
        (pattern, value) -> {
          if (!Double.isFinite(value)) {
            problems.add(
                "Invalid alpha: %s (pattern \"%s\", must be a finite number)"
                    .formatted(value, pattern));
          }
        });
  }

  private static void checkLayers(
      ModuleChoice targets,
      List<Integer> layers,
      List<String> layersPattern,
      List<String> problems) {
    if (!layers.isEmpty() && targets.kind() == ModuleChoice.Kind.EXPRESSION) {
      problems.add(
          "Invalid layers_to_transform: %s (needs a list of target modules, not the expression \"%s\")"
              .formatted(layers, targets.entries().get(0)));
    }
    if (!layersPattern.isEmpty() && layers.isEmpty()) {
      problems.add(
          "Invalid layers_pattern: %s (needs layers_to_transform beside it)"
              .formatted(layersPattern));
    }
  }
}
