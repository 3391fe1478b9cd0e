package dev.rankwise.pipeline.executor;

import dev.rankwise.models.failure.InternalException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.ToIntFunction;
import org.apache.spark.api.java.JavaRDD;

/**
 * The examples of a run, or of an evaluation. The lengths lie on the driver, which plans with them;
 * the tokens stay on the cluster.
 *
 * @param examples all examples, in any order and partitioning; read once an epoch
 * @param lengths tokens of each example, by position
 * @param targets labels of each example that count, by position: 1 for a class, of a causal decoder
 *     the tokens with a target
 * @param taskNames what their tasks are called; empty where they have none
 * @param tasks how many examples each task has, in the order of the names; those of the first come
 *     first
 */
public record ExampleSet(
    JavaRDD<TokenExample> examples,
    int[] lengths,
    int[] targets,
    List<String> taskNames,
    int[] tasks) {

  public ExampleSet {
    Objects.requireNonNull(examples, "examples");
    lengths = lengths.clone();
    targets = targets.clone();
    taskNames = List.copyOf(taskNames);
    tasks = tasks.clone();
    int ofTasks = Arrays.stream(tasks).sum();
    if (tasks.length != taskNames.size() || (tasks.length > 0 && ofTasks != lengths.length)) {
      throw new InternalException(
          "%s examples, of which %s are of %s tasks with %s names"
              .formatted(lengths.length, ofTasks, tasks.length, taskNames.size()));
    }
  }

  /** Examples without tasks. */
  public ExampleSet(JavaRDD<TokenExample> examples, int[] lengths, int[] targets) {
    this(examples, lengths, targets, List.of(), new int[0]);
  }

  /** Examples of one class each. */
  public ExampleSet(JavaRDD<TokenExample> examples, int[] lengths) {
    this(examples, lengths, ones(lengths.length));
  }

  @Override
  public int[] lengths() {
    return lengths.clone();
  }

  @Override
  public int[] targets() {
    return targets.clone();
  }

  @Override
  public int[] tasks() {
    return tasks.clone();
  }

  private static int[] ones(int count) {
    int[] ones = new int[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** Number of examples. */
  public int size() {
    return lengths.length;
  }

  /**
   * The examples of one task by themselves, at positions from 0 on.
   *
   * @param task its place among the names
   */
  public ExampleSet ofTask(int task) {
    int first = Arrays.stream(tasks).limit(task).sum();
    int end = first + tasks[task];
    return new ExampleSet(
        examples
            .filter(example -> example.position() >= first && example.position() < end)
            .map(example -> example.moved(example.position() - first, example.task())),
        Arrays.copyOfRange(lengths, first, end),
        Arrays.copyOfRange(targets, first, end));
  }

  /** The same examples, all of one task of the model's. */
  public ExampleSet asTask(int number) {
    return new ExampleSet(
        examples.map(example -> example.moved(example.position(), number)),
        lengths,
        targets,
        taskNames,
        tasks);
  }

  /**
   * The same examples with the numbers that a model has for their tasks.
   *
   * @param numberOf the number of a task by its name
   */
  public ExampleSet numbered(ToIntFunction<String> numberOf) {
    int[] numbers = taskNames.stream().mapToInt(numberOf).toArray();
    return new ExampleSet(
        examples.map(example -> example.moved(example.position(), numbers[example.task()])),
        lengths,
        targets,
        taskNames,
        tasks);
  }
}
