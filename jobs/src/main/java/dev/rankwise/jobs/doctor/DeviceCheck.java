package dev.rankwise.jobs.doctor;

import dev.rankwise.jobs.survey.ExecutorAnswer;
import dev.rankwise.models.text.CountText;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.SparkConf;

/**
 * GPUs: what Spark is asked for, what hosts have, and what can be used. Everything is computed on
 * the processor, so a GPU that is asked for is taken from others for nothing.
 */
final class DeviceCheck {
  private static final List<String> ASKED =
      List.of("spark.executor.resource.gpu.amount", "spark.task.resource.gpu.amount");

  private DeviceCheck() {}

  static Checked of(Examined examined) {
    SparkConf conf = examined.cluster().conf();
    List<String> asked =
        ASKED.stream()
            .filter(key -> !conf.get(key, "0").equals("0"))
            .map(key -> key + "=" + conf.get(key))
            .toList();
    List<ExecutorAnswer> having =
        examined.answers().stream().filter(it -> !it.devices().present().isEmpty()).toList();
    List<Finding> findings = new ArrayList<>();
    if (!asked.isEmpty()) {
      findings.add(
          Finding.mend(
              "Spark is asked for GPUs (%s), and everything is computed on the processor"
                  .formatted(String.join(", ", asked)),
              "leave these settings out, so that others get the GPUs"));
    }
    if (!having.isEmpty()) {
      findings.add(
          Finding.note(
              "%s can see GPUs that stay idle".formatted(examined.named(having)), missing(having)));
    }
    return new Checked("devices", told(examined, asked, having), findings);
  }

  /** What CUDA would take there. */
  private static String missing(List<ExecutorAnswer> having) {
    boolean built = having.stream().allMatch(it -> it.library().builtForCuda());
    return "nothing to do: missing for CUDA is "
        + (built
            ? ""
            : "a libtorch that was built for it, which no jar brings (DJL finds one by"
                + " PYTORCH_LIBRARY_PATH, PYTORCH_VERSION and PYTORCH_FLAVOR=cu128), and ")
        + "a version of this program that computes there";
  }

  private static String told(Examined examined, List<String> asked, List<ExecutorAnswer> having) {
    if (examined.answers().isEmpty()) {
      return Examined.NOBODY;
    }
    long granted = examined.answers().stream().mapToLong(it -> it.devices().granted().size()).sum();
    long loaded = examined.answers().stream().filter(it -> it.library().isLoaded()).count();
    long built = examined.answers().stream().filter(it -> it.library().builtForCuda()).count();
    String library =
        built == 0 ? "libtorch without CUDA" : "libtorch with CUDA on %s".formatted(built);
    return "processors alone; %s; %s; %s"
        .formatted(
            asked.isEmpty() ? "no GPU asked for" : CountText.of(granted, "GPU") + " granted",
            having.isEmpty()
                ? "none seen"
                : "seen by %s".formatted(CountText.of(having.size(), "executor")),
            loaded == 0 ? "no library" : library);
  }
}
