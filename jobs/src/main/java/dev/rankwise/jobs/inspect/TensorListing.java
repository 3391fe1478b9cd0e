package dev.rankwise.jobs.inspect;

import dev.rankwise.models.format.SafetensorsFile;
import dev.rankwise.models.format.TensorSpec;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The tensors of a safetensors file. */
final class TensorListing {
  private static final int MOST = 400;

  private TensorListing() {}

  static List<String> of(Path path) {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      Facts facts = Facts.headed("Safetensors file " + path);
      facts.add("tensors", (long) file.tensors().size());
      facts.add("numbers", numbers(file));
      file.metadata().forEach((key, value) -> facts.add(key, value));
      return facts.addAll(tensors(file)).lines();
    }
  }

  /** How many numbers all tensors hold together. */
  static long numbers(SafetensorsFile file) {
    return file.tensors().values().stream().mapToLong(TensorSpec::elements).sum();
  }

  private static List<String> tensors(SafetensorsFile file) {
    List<String> lines = new ArrayList<>();
    for (TensorSpec tensor : file.tensors().values()) {
      if (lines.size() == MOST) {
        lines.add("  ... and %s more".formatted(file.tensors().size() - MOST));
        break;
      }
      lines.add(
          String.format(
              Locale.ROOT, "  %-5s %-16s %s", tensor.type(), tensor.shape(), tensor.name()));
    }
    return lines;
  }
}
