package dev.rankwise.adapters.moe;

import dev.rankwise.adapters.spec.ExpertGroups;
import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.models.network.TrainableTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** What kernels of mixtures have in common. */
final class Placeholders {
  private Placeholders() {}

  /** The text of a router. */
  static String routerText(ExpertMixture mixture) {
    return switch (mixture.router()) {
      case TOKEN ->
          mixture.groups().isEmpty()
              ? "kernels/router/token.torchscript"
              : "kernels/router/grouped.torchscript";
      case TASK, TASK_EMBEDDING -> "kernels/router/task.torchscript";
    };
  }

  /**
   * What is filled into it.
   *
   * @param experts how many there are
   */
  static Map<String, String> ofRouter(ExpertMixture mixture, int experts) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("experts", Integer.toString(experts));
    values.put("top_k", Integer.toString(mixture.topK()));
    values.put("temperature", Double.toString(mixture.temperature()));
    values.put(
        "weighted",
        switch (mixture.gates()) {
          case RENORMALISED -> "torch.div(g, torch.sum(g, [1], True))";
          case RAW -> "g";
        });
    ExpertGroups groups = mixture.groups();
    if (!groups.isEmpty()) {
      values.put("tasks_known", Integer.toString(groups.ofTasks().size()));
      values.put("task_groups", numbers(groups.ofTasks()));
      values.put("expert_groups", numbers(groups.ofExperts(experts)));
      values.put("lessened", Double.toString(1 - groups.preference()));
      values.put("preferred", Double.toString(2 * groups.preference()));
    }
    return values;
  }

  private static String numbers(List<Integer> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  /** Reads a tensor: its place among those that are read. */
  static String read(List<TrainableTensor> read, TrainableTensor tensor) {
    if (!read.contains(tensor)) {
      read.add(tensor);
    }
    return "${t%s}".formatted(read.indexOf(tensor));
  }

  /** Several as one; a single one needs no copy. */
  static String joined(String function, List<String> parts, String further) {
    return parts.size() == 1
        ? parts.get(0)
        : "torch.%s([%s]%s)".formatted(function, String.join(", ", parts), further);
  }
}
