package dev.rankwise.adapters.spec;

import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.TokenBatch;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
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
    List<String> taskNames)
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
    BLOCK
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
    List<String> problems = new ArrayList<>();
    if (experts < 1 || topK < 1 || topK > experts) {
      problems.add(
          "Invalid top_k: %s of %s experts (must be at least 1 and at most their number)"
              .formatted(topK, experts));
    }
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
    if (router != Router.TOKEN && scope == Scope.BLOCK) {
      problems.add(
          "Invalid router_scope: block (a task's gate weighs all experts of a module); set it to"
              + " module, or router to token");
    }
    if (!problems.isEmpty()) {
      throw new UserInputException(String.join("; ", problems));
    }
  }

  /** A mixture whose tasks are called by their numbers. */
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
        List.of());
  }

  /** Eight experts, two of them for a token, a router over tokens for each adapted module. */
  public static ExpertMixture usual() {
    return new ExpertMixture(
        8, 2, Router.TOKEN, Scope.MODULE, Gates.RENORMALISED, 1, 0.01, 0, 0, 1, 64);
  }

  /** The same mixture, whose tasks are called {@code names}, in the order of their numbers. */
  public ExpertMixture withTaskNames(List<String> names) {
    return new ExpertMixture(
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
        names);
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
