package dev.rankwise.pipeline.tune;

import dev.rankwise.models.text.CountText;
import dev.rankwise.pipeline.executor.FrozenBase;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What holds of every run, and was compared after this one.
 *
 * @param trained that all trained tensors moved
 * @param frozen that all frozen ones are what was opened
 */
public record RunChecks(TrainedTensors trained, FrozenBase frozen) {

  /** For files of machines. */
  public Map<String, Object> fields() {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("trained_tensors", trained.tensors());
    fields.put("numbers_held_still", trained.fixed());
    fields.put("tensors_that_stood_still", trained.still());
    fields.put("updates_behind_them", trained.moves());
    fields.put("frozen_sha256", frozen.sha256());
    fields.put("executors_with_frozen_tensors", frozen.executors());
    return fields;
  }

  /** In words, for people. */
  public String text() {
    String held =
        trained.fixed() == 0
            ? ""
            : String.format(
                Locale.ROOT,
                "; the %,d numbers that were to stand still did not change",
                trained.fixed());
    return "%s%s; %s".formatted(movement(), held, base());
  }

  private String movement() {
    if (trained.allStill()) {
      return "nothing was trained: what is saved has no update at a learning rate above 0 behind it";
    }
    if (!trained.judged()) {
      return "too few updates to expect every trained tensor to move";
    }
    return trained.still().isEmpty()
        ? "all %s trained tensors moved".formatted(trained.tensors())
        : "%s of %s trained tensors moved, and the others may stand still"
            .formatted(trained.tensors() - trained.still().size(), trained.tensors());
  }

  private String base() {
    if (frozen.sha256().isEmpty()) {
      return "no executor held frozen tensors";
    }
    return "nothing was written to the frozen ones since they were opened, on %s"
        .formatted(CountText.of(frozen.executors(), "executor"));
  }
}
