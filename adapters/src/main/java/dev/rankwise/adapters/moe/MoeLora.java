package dev.rankwise.adapters.moe;

import dev.rankwise.adapters.dora.Dora;
import dev.rankwise.adapters.lora.Lora;
import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.adapters.spec.AdapterSpec;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.adapters.spec.ExpertMixture.Router;
import dev.rankwise.adapters.spec.ExpertMixture.Scope;
import dev.rankwise.adapters.spec.MatchedModule;
import dev.rankwise.adapters.spec.MatchedModules;
import dev.rankwise.adapters.spec.Parameter;
import dev.rankwise.adapters.spec.TensorStream;
import dev.rankwise.models.config.FeedForward;
import dev.rankwise.models.config.ModuleKind;
import dev.rankwise.models.config.ModuleShape;
import dev.rankwise.models.config.ModuleTree;
import dev.rankwise.models.failure.InternalException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.AdaptedProduct;
import dev.rankwise.models.network.Attachment.Asides;
import dev.rankwise.models.network.TrainableTensor;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * MoE-LoRA: beside a frozen weight several pairs of factors, the experts, and a router that says
 * for each token how much each of them counts.
 *
 * <pre>
 *   z = x·Rᵀ / τ      p = softmax(z)      g = the k largest of p, divided by their sum; else 0
 *   y = x·W₀ᵀ + b + s·Σ_e g_e·(x·A_eᵀ)·B_eᵀ
 * </pre>
 *
 * <p>On a feed-forward part as a whole (scope {@code BLOCK}) an expert is that part with the
 * expert's factors on each projection, and what the experts give is summed by g:
 *
 * <pre>
 *   h_e = f(x·(W_g + s·B_g·A_g)ᵀ) ⊙ (x·(W_u + s·B_u·A_u)ᵀ)      with the factors of expert e
 *   y = (Σ_e g_e·h_e)·W_dᵀ + s·Σ_e g_e·(h_e·A_dᵀ)·B_dᵀ
 * </pre>
 *
 * The frozen products x·W are taken once and shared by all experts, and the last one, which is
 * linear, once of the gated sum. Each token is computed by its k experts alone.
 *
 * <table>
 * <caption>Shapes, start; E experts</caption>
 * <tr><th>symbol</th><th>shape</th><th>starts as</th></tr>
 * <tr><td>A_e, {@code experts.e.lora_A.weight}</td><td>(r, in)</td><td>as LoRA's, each by its own
 * name</td></tr>
 * <tr><td>B_e, {@code experts.e.lora_B.weight}</td><td>(out, r)</td><td>0</td></tr>
 * <tr><td>R, {@code lora_router.weight}</td><td>(E, in)</td><td>N(0, 0.02²): zeros would tie, and
 * send all tokens to the first experts</td></tr>
 * </table>
 *
 * <p>Experts may be DoRA's ({@link Dora}): expert e then turns and stretches the frozen weight,
 * with m_e, {@code experts.e.lora_magnitude_vector} (out), and what it adds is the difference to
 * it, n_e without gradient:
 *
 * <pre>
 *   n_e = ‖W₀ + s·B_e·A_e‖ by rows      h_e = m_e / n_e − 1
 *   y = x·W₀ᵀ + b + Σ_e g_e·(h_e ⊙ (x·W₀ᵀ) + (1 + h_e) ⊙ s·(x·A_eᵀ)·B_eᵀ)
 * </pre>
 *
 * <p>On one module that is one more thin product, {@code (g·H) ⊙ x·W₀ᵀ} with H (E, out). Out of a
 * feed-forward part each expert stretches its own h_e·W_dᵀ, so that product is taken of N·k rows.
 *
 * <p>E may differ from layer to layer (MoLA, arXiv 2402.08562); all else is as with one E.
 *
 * <p>Two terms are added to the loss, as means over the routers and the micro-batches of a step,
 * with N tokens of a micro-batch: balance, {@code E·Σ_e f_e·P_e}, f_e the share of the N·k choices
 * that fell on e (without gradient) and P_e the mean of p_e, which is 1 where all are alike; and
 * {@code mean(logsumexp(z)²)}. The router computes in float32. With jitter its input, and that of
 * no expert, is multiplied by numbers near 1 in training. The choice itself has no gradient; of
 * equal p the lower expert is taken.
 *
 * <p>Routers over tasks weigh all experts: by a table of scores (tasks, E), {@code
 * lora_router.task_logits}, or by a linear layer {@code lora_router.weight} (E, d) over an
 * embedding {@code lora_router.task_embedding} (tasks, d), where s = α/(E·r).
 *
 * <p>Sources: MixLoRA (arXiv 2404.15159) for feed-forward parts, LoRAMoE (arXiv 2312.09979) for all
 * experts at once, MOELoRA (arXiv 2310.18339) for tasks; balance after Switch Transformers (arXiv
 * 2101.03961), equation 4, over k choices; z after ST-MoE (arXiv 2202.08906), equation 5.
 *
 * @param mixture how experts are routed
 * @param blocks the feed-forward parts of the base
 * @param layers how many layers the base has
 */
public record MoeLora(ExpertMixture mixture, List<FeedForward> blocks, int layers)
    implements AdapterMethod {
  static final String ROUTER = "lora_router.weight";
  static final String TASK_SCORES = "lora_router.task_logits";
  static final String TASK_EMBEDDING = "lora_router.task_embedding";

  private static final AdapterMethod LORA = new Lora();
  private static final AdapterMethod DORA = new Dora();
  private static final double ROUTER_DEVIATION = 0.02;
  private static final Set<ModuleKind> LINEAR = EnumSet.of(ModuleKind.LINEAR, ModuleKind.CONV1D);
  private static final Pattern IN_A_LAYER = Pattern.compile(".*?\\.(\\d+)\\..*");
  private static final Pattern EXPERT = Pattern.compile("experts\\.\\d+\\.(.*)");

  public MoeLora {
    blocks = List.copyOf(blocks);
  }

  /** The method before a configuration and a base are known. */
  public static MoeLora usual() {
    return new MoeLora(ExpertMixture.usual(), List.of(), 0);
  }

  @Override
  public String name() {
    return "moe-lora";
  }

  @Override
  public MoeLora on(ModuleTree tree, AdapterSpec spec) {
    return new MoeLora(spec.mixture(), tree.feedForwards(), tree.config().layers());
  }

  /** What an expert is by itself, and what is adapted beside experts. */
  public AdapterMethod single() {
    return switch (mixture.kind()) {
      case LORA -> LORA;
      case DORA -> DORA;
    };
  }

  @Override
  public Optional<String> peftType() {
    return Optional.of("MOE_LORA");
  }

  @Override
  public Optional<String> peftVariant() {
    return single().peftVariant();
  }

  @Override
  public boolean loadsInPeft() {
    return false;
  }

  @Override
  public void requireComputable(AdapterSpec spec, MatchedModules matched) {
    if (spec.beside().biasOfB()) {
      throw new UserInputException(
          "Invalid lora_bias: true (experts have no biases); set it to false");
    }
    int stretches = mixture.byLayer().size();
    if (stretches > 0 && layers % stretches != 0) {
      throw new UserInputException(
          ("Invalid experts_by_layer: %s for the %s layers of %s (they must be as many equal"
                  + " stretches as there are numbers); give a number of numbers that divides them")
              .formatted(mixture.byLayer(), layers, matched.tree().config().architecture()));
    }
    for (MatchedModule module : matched.adapted()) {
      ModuleShape shape = module.module();
      if (!LINEAR.contains(shape.kind()) || !IN_A_LAYER.matcher(shape.path()).matches()) {
        throw new UserInputException(
            ("Cannot route experts on module %s of kind %s (only linear modules of blocks have"
                    + " them); take it out of the targets, or name it among the modules to save")
                .formatted(shape.path(), shape.kind().name().toLowerCase(Locale.ROOT)));
      }
      Optional<FeedForward> block = block(shape);
      if (block.isPresent() && matched.at(block.get().readers().get(0).path()).isEmpty()) {
        throw new UserInputException(
            ("Cannot route the feed-forward part of %s: its router reads the input of %s, which is"
                    + " no target; name that too, or set router_scope to module")
                .formatted(shape.path(), block.get().readers().get(0).path()));
      }
    }
    if (mixture.scope().routesBlocks()
        && matched.adapted().stream().noneMatch(it -> block(it.module()).isPresent())) {
      throw new UserInputException(
          "Invalid router_scope: %s (no target lies in a feed-forward part); name such modules,"
                  .formatted(mixture.scope().name().toLowerCase(Locale.ROOT))
              + " as %s, or set it to module"
                  .formatted(
                      blocks.isEmpty()
                          ? "of a family that has them"
                          : blocks.get(0).readers().get(0).path()));
    }
  }

  /** The feed-forward part that is routed as a whole and holds the module. */
  Optional<FeedForward> block(ModuleShape module) {
    return mixture.scope().routesBlocks()
        ? blocks.stream().filter(block -> block.holds(module.path())).findFirst()
        : Optional.empty();
  }

  /**
   * Whether the module has experts. Beside feed-forward parts that are routed it may have one pair
   * of factors.
   */
  boolean hasExperts(ModuleShape module) {
    return mixture.scope() != Scope.BLOCK || block(module).isPresent();
  }

  private boolean hasRouter(ModuleShape module) {
    return block(module)
        .map(it -> it.readers().get(0).equals(module))
        .orElse(mixture.scope() != Scope.BLOCK);
  }

  /** E of the layer that holds the module; 1 where it has one pair of factors, no expert. */
  public int experts(ModuleShape module) {
    if (!hasExperts(module)) {
      return 1;
    }
    Matcher layer = IN_A_LAYER.matcher(module.path());
    return mixture.byLayer().isEmpty() || !layer.matches()
        ? mixture.experts()
        : mixture.expertsOf(Integer.parseInt(layer.group(1)), layers);
  }

  /** Whether the module has an expert of that number, or one pair of factors beside experts. */
  public boolean has(ModuleShape module, int expert) {
    return !hasExperts(module) || expert < experts(module);
  }

  @Override
  public List<TrainableTensor> tensors(MatchedModule module) {
    List<TrainableTensor> tensors = new ArrayList<>();
    if (!hasExperts(module.module())) {
      return single().tensors(module);
    }
    for (int expert = 0; expert < experts(module.module()); expert++) {
      tensors.addAll(expert(module, expert));
    }
    if (hasRouter(module.module())) {
      tensors.addAll(router(module.module()));
    }
    return tensors;
  }

  /** Factors A and B of one expert, and its magnitudes if it has them. */
  List<TrainableTensor> expert(MatchedModule module, int expert) {
    return single().tensors(module).stream()
        .map(
            tensor ->
                new TrainableTensor(
                    tensor.module(),
                    "experts.%s.%s".formatted(expert, tensor.tensor()),
                    tensor.shape()))
        .toList();
  }

  /** What the router of a module is made of. */
  List<TrainableTensor> router(ModuleShape module) {
    String path = module.path();
    int experts = experts(module);
    return switch (mixture.router()) {
      case TOKEN ->
          List.of(new TrainableTensor(path, ROUTER, List.of(experts, module.inFeatures())));
      case TASK ->
          List.of(new TrainableTensor(path, TASK_SCORES, List.of(mixture.tasks(), experts)));
      case TASK_EMBEDDING ->
          List.of(
              new TrainableTensor(
                  path, TASK_EMBEDDING, List.of(mixture.tasks(), mixture.embedding())),
              new TrainableTensor(path, ROUTER, List.of(experts, mixture.embedding())));
    };
  }

  @Override
  public Parameter.Role role(TrainableTensor tensor) {
    return switch (tensor.tensor()) {
      case ROUTER, TASK_SCORES, TASK_EMBEDDING -> Parameter.Role.ROUTER;
      default -> single().role(ofLora(tensor));
    };
  }

  /** An expert's tensor under the name that it has in a plain LoRA or DoRA. */
  public static TrainableTensor ofLora(TrainableTensor tensor) {
    return new TrainableTensor(
        tensor.module(), EXPERT.matcher(tensor.tensor()).replaceFirst("$1"), tensor.shape());
  }

  @Override
  public float[] initial(
      MatchedModule module,
      TrainableTensor tensor,
      AdapterSpec.Initialisation initialisation,
      TensorStream stream) {
    return switch (tensor.tensor()) {
      case TASK_EMBEDDING -> stream.normal(tensor.size(), 1);
      case TASK_SCORES -> stream.normal(tensor.size(), ROUTER_DEVIATION);
      case ROUTER ->
          mixture.router() == Router.TOKEN
              ? stream.normal(tensor.size(), ROUTER_DEVIATION)
              : stream.uniform(tensor.size(), 1 / Math.sqrt(mixture.embedding()));
      default -> single().initial(module, ofLora(tensor), initialisation, stream);
    };
  }

  @Override
  public AdaptedProduct product(
      List<ModuleShape> group, Map<String, MatchedModule> adapted, double dropout) {
    return product(group, adapted, dropout, 0);
  }

  @Override
  public AdaptedProduct trainingProduct(
      List<ModuleShape> group, Map<String, MatchedModule> adapted, double dropout) {
    return product(group, adapted, dropout, mixture.jitter());
  }

  private AdaptedProduct product(
      List<ModuleShape> group, Map<String, MatchedModule> adapted, double dropout, double jitter) {
    ModuleShape first = group.get(0);
    if (!hasExperts(first)) {
      return single().product(group, adapted, dropout);
    }
    Optional<FeedForward> block = block(first);
    if (block.isEmpty()) {
      return new RoutedGroup(this, adapted, dropout, jitter).of(group);
    }
    ExpertGroup experts = new ExpertGroup(this, adapted, dropout, jitter);
    return block.get().reads(first.path()) ? experts.reading(group) : experts.writing(first);
  }

  /** What experts of the projections before gave is summed here, though no expert adds to it. */
  @Override
  public Optional<AdaptedProduct> unadapted(MatchedModules matched, ModuleShape module) {
    return block(module)
        .filter(
            it -> it.writer().equals(module) && matched.at(it.readers().get(0).path()).isPresent())
        .map(it -> ExpertGroup.summing(mixture));
  }

  @Override
  public double jitter() {
    return mixture.router() == Router.TOKEN ? mixture.jitter() : 0;
  }

  @Override
  public Optional<Asides> asides(MatchedModules matched) {
    int routers = routers(matched).size();
    return Optional.of(
        new Asides(
            List.of(mixture.balance() / routers, mixture.scores() / routers),
            mixture.router() == Router.TOKEN ? 0 : mixture.tasks()));
  }

  @Override
  public List<String> routers(MatchedModules matched) {
    return matched.adapted().stream()
        .map(MatchedModule::module)
        .filter(this::hasRouter)
        .map(ModuleShape::path)
        .toList();
  }

  /**
   * What a router over tasks weighs each expert with: {@code softmax(z / τ)}, z the task's scores.
   *
   * @param tensors the numbers of a module's tensors by their name within it
   * @return (tasks, experts), each task's sum 1; empty of a router over tokens
   */
  public double[][] taskGates(Map<String, float[]> tensors) {
    if (!mixture.routesByTask()) {
      return new double[0][];
    }
    double[][] gates = new double[mixture.tasks()][mixture.experts()];
    for (int task = 0; task < gates.length; task++) {
      double most = Double.NEGATIVE_INFINITY;
      for (int expert = 0; expert < mixture.experts(); expert++) {
        gates[task][expert] = score(tensors, task, expert);
        most = Math.max(most, gates[task][expert]);
      }
      double sum = 0;
      for (int expert = 0; expert < mixture.experts(); expert++) {
        // The largest becomes 1 however low the temperature is; divided first, it could be
        // infinite.
        gates[task][expert] = StrictMath.exp((gates[task][expert] - most) / mixture.temperature());
        sum += gates[task][expert];
      }
      for (int expert = 0; expert < mixture.experts(); expert++) {
        gates[task][expert] /= sum;
      }
    }
    return gates;
  }

  private double score(Map<String, float[]> tensors, int task, int expert) {
    if (mixture.router() == Router.TASK) {
      return tensors.get(TASK_SCORES)[task * mixture.experts() + expert];
    }
    float[] embedding = tensors.get(TASK_EMBEDDING);
    float[] router = tensors.get(ROUTER);
    double score = 0;
    for (int i = 0; i < mixture.embedding(); i++) {
      score +=
          (double) embedding[task * mixture.embedding() + i]
              * router[expert * mixture.embedding() + i];
    }
    return score;
  }

  /** The factor s on what experts add. */
  double scale(MatchedModule module) {
    return mixture.router() == Router.TASK_EMBEDDING
        ? module.scale() / experts(module.module())
        : module.scale();
  }

  @Override
  public void requireMergeable() {
    throw new UserInputException(
        "Cannot merge an adapter of method \"%s\": its router weighs the experts anew for each %s,"
                .formatted(name(), mixture.router() == Router.TOKEN ? "token" : "task")
            + " so no single weight computes the same; apply it as an adapter, or merge one"
            + " expert, which lies in its folder experts as an adapter of its own");
  }

  @Override
  public void merge(
      MatchedModule module, Map<String, float[]> tensors, float[] rows, int first, int count) {
    throw new InternalException(
        "Experts of %s make no one weight".formatted(module.module().path()));
  }
}
