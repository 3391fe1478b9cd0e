package dev.rankwise.jobs.estimate;

import dev.rankwise.models.torch.OperatorProfile.OperatorTime;
import dev.rankwise.pipeline.executor.VectorMemory;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What a run of a recipe takes.
 *
 * @param baseNumbers how many numbers the base has
 * @param baseBytes bytes of what stays frozen of the base, as executors map it, once a host
 * @param trainedNumbers how many numbers are trained
 * @param stillNumbers how many numbers travel with these and stand still
 * @param step how a step is divided
 * @param longest most tokens of an example
 * @param idleBytes a process with its libraries and no base, as this one was; empty where the
 *     operating system does not tell
 * @param measured a micro-batch, as it ran here
 */
public record Estimate(
    long baseNumbers,
    long baseBytes,
    long trainedNumbers,
    long stillNumbers,
    StepShape step,
    int longest,
    OptionalLong idleBytes,
    MeasuredMicroBatch measured) {

  /** What the vectors of its numbers take. */
  public VectorMemory vectors() {
    return new VectorMemory(trainedNumbers + stillNumbers);
  }

  /** What each task takes at once on top of base and libraries; without activations if unknown. */
  public long taskBytes() {
    return vectors().taskBytes() + measured.bytes().orElse(0);
  }

  /** Bytes that the driver receives a step. */
  long collectedBytes() {
    return step.groups() * vectors().vectorBytes();
  }

  /** The most tokens of a step. */
  long tokensPerStep() {
    return (long) step.batchSize() * longest;
  }

  /** Seconds of a step of that many tokens, if its groups run on that many tasks at once. */
  double secondsPerStep(int tasksAtOnce) {
    int rounds = (step.groups() + tasksAtOnce - 1) / tasksAtOnce;
    return rounds * ((double) tokensPerStep() / step.groups()) / measured.tokensPerSecond();
  }

  /**
   * Bytes for {@code spark.executor.memoryOverhead}: all but Java's heap of an executor. Containers
   * count mapped pages of the base too.
   */
  long overheadBytes(int tasksAtOnce) {
    return overheadBytes(tasksAtOnce, idleBytes.orElse(0));
  }

  /**
   * The same where an executor itself says what it takes with its libraries and no base.
   *
   * @param idle its bytes then
   */
  public long overheadBytes(int tasksAtOnce, long idle) {
    return Math.round(1.1 * (idle + baseBytes + (double) tasksAtOnce * taskBytes()));
  }

  /** All figures by name, for scripts. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("base_numbers", baseNumbers);
    fields.put("trained_numbers", trainedNumbers);
    fields.put("numbers_that_stand_still", stillNumbers);
    Map<String, Object> memory = new LinkedHashMap<>();
    memory.put("base_mapped_once_a_host_bytes", baseBytes);
    idleBytes.ifPresent(bytes -> memory.put("idle_process_bytes", bytes));
    memory.put("parameters_private_to_a_task_bytes", vectors().taskBytes());
    measured.bytes().ifPresent(bytes -> memory.put("activations_private_to_a_task_bytes", bytes));
    memory.put("optimizer_on_the_driver_bytes", vectors().optimizerBytes());
    memory.put("vectors_on_the_driver_bytes", vectors().driverBytes(step.groups()));
    fields.put("memory", memory);
    Map<String, Object> traffic = new LinkedHashMap<>();
    traffic.put("to_each_executor_bytes", vectors().vectorBytes());
    traffic.put("to_the_driver_bytes", collectedBytes());
    fields.put("traffic_of_a_step", traffic);
    Map<String, Object> time = new LinkedHashMap<>();
    time.put("measured_tokens", measured.tokens());
    time.put("measured_threads", measured.threads());
    time.put("measured_seconds", measured.seconds());
    time.put("measured_on", measured.processor());
    time.put("measured_operators", operators());
    time.put("tokens_of_a_step_at_most", tokensPerStep());
    time.put("seconds_of_a_step_one_task_at_a_time", secondsPerStep(1));
    time.put("seconds_of_a_step_all_groups_at_once", secondsPerStep(step.groups()));
    fields.put("time", time);
    return fields;
  }

  private List<Map<String, Object>> operators() {
    List<Map<String, Object>> operators = new ArrayList<>();
    for (OperatorTime operator : measured.operators()) {
      Map<String, Object> fields = new LinkedHashMap<>();
      fields.put("name", operator.name());
      fields.put("calls", operator.calls());
      fields.put("seconds", operator.seconds());
      operators.add(fields);
    }
    return operators;
  }
}
