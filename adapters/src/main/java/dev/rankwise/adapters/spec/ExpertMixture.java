package dev.rankwise.adapters.spec;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.TokenBatch;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * How a mixture of LoRA experts is routed, where the method has several.
 *
 * @param experts E, experts of each mixture, at least 1
 * @param topK k, experts that compute a token, [1, E]; E for all, weighted
 * @param router what decides which
 * @param scope what has a router of its own
 * @param gates what the weights of the chosen experts are
 * @param temperature τ, by which the router's scores are divided, positive
 * @param balance weight of the term that keeps experts evenly loaded, at least 0
 * @param scores weight of the term that keeps the router's scores small, at least 0
 * @param jitter ε: in training the router's input is multiplied by numbers of [1 − ε, 1 + ε), [0,
 *     1)
 * @param tasks how many tasks there are, at least 1
 * @param embedding numbers of a task's embedding, at least 1
 * @param taskNames what the tasks are called, in the order of their numbers; empty where they are
 *     called by these
 * @param kind what an expert is
 * @param byLayer E by layer: the layers are as many equal stretches as there are entries, from the
 *     first layer up, and each stretch has experts of its own number, of which {@code experts} is
 *     the most; empty where all layers have {@code experts}
 * @param groups the groups of experts and tasks whose load is to differ; none where all experts are
 *     to be loaded alike
 */
public record ExpertMixture(
    int experts,
    int topK,
    Router router,
    Scope scope,
    Gates gates,
    double temperature,
    double balance,
    double scores,
    double jitter,
    int tasks,
    int embedding,
    List<String> taskNames,
    Kind kind,
    List<Integer> byLayer,
    ExpertGroups groups)
    implements Serializable {

  /** What decides which experts compute. */
  public enum Router {
    /** A linear layer over the token's state. */
    TOKEN,
    /** A table of scores by task. */
    TASK,
    /** A linear layer over an embedding of the task; α is divided by the rank of all experts. */
    TASK_EMBEDDING
  }

  /** What has a router of its own. */
  public enum Scope {
    /** Each adapted module. */
    MODULE,
    /** Each feed-forward part, whose experts hold all its adapted modules; others have one LoRA. */
    BLOCK,
    /** Each feed-forward part, as above, and each adapted module that lies in none. */
    BLOCK_AND_MODULE;

    /** Whether feed-forward parts are routed as a whole. */
    public boolean routesBlocks() {
      return this != MODULE;
    }
  }

  /** What an expert is. */
  public enum Kind {
    /** A pair of factors. */
    LORA,
    /** A pair of factors and a magnitude for each output; so is what is adapted beside experts. */
    DORA
  }

  /** The weights of the chosen experts. */
  public enum Gates {
    /** Their probabilities, divided by the sum of these. */
    RENORMALISED,
    /** Their probabilities as they are. */
    RAW
  }

  public ExpertMixture {
    taskNames = List.copyOf(taskNames);
    byLayer = List.copyOf(byLayer);
    List<String> problems = new ArrayList<>();
    int fewest = byLayer.stream().mapToInt(Integer::intValue).min().orElse(experts);
    if (fewest < 1 || topK < 1 || topK > fewest) {
      problems.add(
          "Invalid top_k: %s of %s experts (must be at least 1 and at most their number)"
              .formatted(topK, fewest));
    }
    requireLayers(experts, byLayer, router, problems);
    if (!(temperature > 0) || Double.isInfinite(temperature)) {
      problems.add(
          "Invalid router_temperature: %s (must be positive and finite)".formatted(temperature));
    }
    requireWeight("router_aux_loss_coef", balance, problems);
    requireWeight("router_z_loss_coef", scores, problems);
    if (!(jitter >= 0 && jitter < 1)) {
      problems.add("Invalid router_jitter: %s (must be in [0, 1))".formatted(jitter));
    }
    if (tasks < 1) {
      problems.add("Invalid num_tasks: %s (must be at least 1)".formatted(tasks));
    }
    if (embedding < 1) {
      problems.add("Invalid task_embedding_dim: %s (must be at least 1)".formatted(embedding));
    }
    requireNames(tasks, taskNames, problems);
    if (router != Router.TOKEN && scope.routesBlocks()) {
      problems.add(
          "Invalid router_scope: %s (a task's gate weighs all experts of a module); set it to"
                  .formatted(scope.name().toLowerCase(Locale.ROOT))
              + " module, or router to token");
    }
    groups.require(experts, topK, tasks, router, byLayer, problems);
    if (!problems.isEmpty()) {
      throw new UserInputException(String.join("; ", problems));
    }
  }

  /** A mixture of LoRA experts, as many in all layers, whose tasks are called by their numbers. */
  public ExpertMixture(
      int experts,
      int topK,
      Router router,
      Scope scope,
      Gates gates,
      double temperature,
      double balance,
      double scores,
      double jitter,
      int tasks,
      int embedding) {
    this(
        experts,
        topK,
        router,
        scope,
        gates,
        temperature,
        balance,
        scores,
        jitter,
        tasks,
        embedding,
        List.of(),
        Kind.LORA,
        List.of(),
        ExpertGroups.none());
  }

  /** Eight experts, two of them for a token, a router over tokens for each adapted module. */
  public static ExpertMixture usual() {
    return new ExpertMixture(
        8, 2, Router.TOKEN, Scope.MODULE, Gates.RENORMALISED, 1, 0.01, 0, 0, 1, 64);
  }

  /** The same mixture, whose tasks are called {@code names}, in the order of their numbers. */
  public ExpertMixture withTaskNames(List<String> names) {
    return with(experts, tasks, names, kind, byLayer, groups);
  }

  /** The same mixture of such experts. */
  public ExpertMixture withKind(Kind newKind) {
    return with(experts, tasks, taskNames, newKind, byLayer, groups);
  }

  /** The same mixture with so many experts in each of as many equal stretches of layers. */
  public ExpertMixture withExpertsByLayer(List<Integer> numbers) {
    int most = numbers.stream().mapToInt(Integer::intValue).max().orElse(experts);
    return with(most, tasks, taskNames, kind, numbers, groups);
  }

  /** The same mixture, whose experts and tasks, called {@code names}, belong to groups. */
  public ExpertMixture withGroups(ExpertGroups newGroups, List<String> names) {
    return with(experts, newGroups.ofTasks().size(), names, kind, byLayer, newGroups);
  }

  private ExpertMixture with(
      int newExperts,
      int newTasks,
      List<String> names,
      Kind newKind,
      List<Integer> numbers,
      ExpertGroups newGroups) {
    return new ExpertMixture(
        newExperts,
        topK,
        router,
        scope,
        gates,
        temperature,
        balance,
        scores,
        jitter,
        newTasks,
        embedding,
        names,
        newKind,
        numbers,
        newGroups);
  }

  /**
   * E of a layer.
   *
   * @param layer its number, from 0
   * @param layers how many there are, a multiple of the stretches
   */
  public int expertsOf(int layer, int layers) {
    return byLayer.isEmpty() ? experts : byLayer.get(layer * byLayer.size() / layers);
  }

  /** Whether a row's task decides which experts compute it. */
  public boolean routesByTask() {
    return router != Router.TOKEN;
  }

  /** What the tasks are called, in the order of their numbers. */
  public List<String> calledTasks() {
    return taskNames.isEmpty()
        ? IntStream.range(0, tasks).mapToObj(Integer::toString).toList()
        : taskNames;
  }

  /**
   * The number of a task.
   *
   * @throws UserInputException if the router knows no task of that name
   */
  public int taskCalled(String name) {
    int task = calledTasks().indexOf(name);
    if (task < 0) {
      throw new UserInputException(
          "Unknown task: \"%s\" (the adapter routes by the tasks %s); name one of them"
              .formatted(name, String.join(", ", calledTasks())));
    }
    return task;
  }

  /**
   * The number of the task that a user asks for; {@link TokenBatch#NO_TASK} where routers do not go
   * by tasks.
   *
   * @param name the task's name; empty if none is named
   * @throws UserInputException if routers go by tasks and none, or an unknown one, is named; or if
   *     they do not and one is
   */
  public int taskAsked(Optional<String> name) {
    if (routesByTask()) {
      return taskCalled(
          name.orElseThrow(
              () ->
                  new UserInputException(
                      "Missing task: the adapter routes by the tasks %s; name one of them as the task"
                          .formatted(String.join(", ", calledTasks())))));
    }
    if (name.isPresent()) {
      throw new UserInputException(
          "Cannot use task \"%s\": the adapter does not route by tasks; leave it out"
              .formatted(name.get()));
    }
    return TokenBatch.NO_TASK;
  }

  private static void requireLayers(
      int experts, List<Integer> byLayer, Router router, List<String> problems) {
    if (byLayer.isEmpty()) {
      return;
    }
    int most = byLayer.stream().mapToInt(Integer::intValue).max().orElseThrow();
    if (experts != most) {
      problems.add(
          "Invalid num_experts: %s with experts_by_layer %s (must be the most of these, %s)"
              .formatted(experts, byLayer, most));
    }
    if (router != Router.TOKEN) {
      problems.add(
          "Invalid experts_by_layer: %s with router %s (a task's gates weigh as many experts in each"
                  .formatted(byLayer, router.name().toLowerCase(Locale.ROOT))
              + " layer); leave it out, or set router to token");
    }
  }

  private static void requireNames(int tasks, List<String> names, List<String> problems) {
    boolean distinct = new LinkedHashSet<>(names).size() == names.size();
    boolean named = names.stream().noneMatch(String::isBlank);
    if (!names.isEmpty() && (names.size() != tasks || !distinct || !named)) {
      problems.add(
          "Invalid task_names: [%s] for %s tasks (must be as many names, each once and not empty)"
              .formatted(String.join(", ", names), tasks));
    }
  }

  private static void requireWeight(String name, double value, List<String> problems) {
    if (!(value >= 0) || Double.isInfinite(value)) {
      problems.add("Invalid %s: %s (must be finite and at least 0)".formatted(name, value));
    }
  }
}
