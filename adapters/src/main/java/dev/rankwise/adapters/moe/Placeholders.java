package dev.rankwise.adapters.moe;

import dev.rankwise.adapters.spec.ExpertMixture;
import dev.rankwise.models.network.TrainableTensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What kernels of mixtures have in common. */
final class Placeholders {
  private Placeholders() {}

  /** The text of a router. */
  static String routerText(ExpertMixture mixture) {
    return switch (mixture.router()) {
      case TOKEN -> "kernels/router/token.torchscript";
      case TASK, TASK_EMBEDDING -> "kernels/router/task.torchscript";
    };
  }

  /** What is filled into it. */
  static Map<String, String> ofRouter(ExpertMixture mixture) {
    Map<String, String> values = new LinkedHashMap<>();
    values.put("experts", Integer.toString(mixture.experts()));
    values.put("top_k", Integer.toString(mixture.topK()));
    values.put("temperature", Double.toString(mixture.temperature()));
    values.put(
        "weighted",
        switch (mixture.gates()) {
          case RENORMALISED -> "torch.div(g, torch.sum(g, [1], True))";
          case RAW -> "g";
        });
    return values;
  }

  /** Reads a tensor: its place among those that are read. */
  static String read(List<TrainableTensor> read, TrainableTensor tensor) {
    read.add(tensor);
    return "${t%s}".formatted(read.size() - 1);
  }

  /** Several as one; a single one needs no copy. */
  static String joined(String function, List<String> parts, String further) {
    return parts.size() == 1
        ? parts.get(0)
        : "torch.%s([%s]%s)".formatted(function, String.join(", ", parts), further);
  }
}
