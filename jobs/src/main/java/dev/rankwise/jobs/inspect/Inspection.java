package dev.rankwise.jobs.inspect;

import dev.rankwise.adapters.peft.PeftConfig;
import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.datasets.shard.ManifestJson;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.source.BaseDirectory;
import dev.rankwise.models.source.BaseReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Tells what lies at a path, by the files that are there. */
public final class Inspection {
  private static final String CONFIG = "config.json";

  private Inspection() {}

  /**
   * What lies at {@code path}, line by line.
   *
   * @throws UserInputException if nothing is there, or nothing that is known here
   */
  public static List<String> of(Path path) {
    if (Files.isDirectory(path)) {
      return ofFolder(path);
    }
    if (!Files.isRegularFile(path)) {
      throw new UserInputException(
          "Nothing lies at %s; name a file or folder that exists".formatted(path));
    }
    return ofFile(path);
  }

  /**
   * What a base holds, by its name.
   *
   * @throws dev.rankwise.models.failure.RankwiseException as {@link
   *     dev.rankwise.models.source.BaseSource#resolve} does
   */
  public static List<String> ofBase(String name) {
    BaseDirectory base = SparkBases.source().resolve(name);
    return BaseInspection.of(BaseReference.to(name, base).uri(), base.directory());
  }

  private static List<String> ofFolder(Path folder) {
    if (Files.isRegularFile(folder.resolve(RunFiles.RESULT))) {
      return RunInspection.of(folder);
    }
    if (Files.isRegularFile(folder.resolve(PeftConfig.FILE))) {
      return AdapterInspection.of(folder);
    }
    if (Files.isRegularFile(folder.resolve(ManifestJson.FILE))) {
      return DataInspection.of(folder.resolve(ManifestJson.FILE));
    }
    if (Files.isRegularFile(folder.resolve(CONFIG))) {
      return BaseInspection.of(folder.toString(), folder);
    }
    throw new UserInputException(
        ("Folder %s holds nothing known: a run has %s, an adapter %s, prepared data %s, a base %s;"
                + " name one of these")
            .formatted(folder, RunFiles.RESULT, PeftConfig.FILE, ManifestJson.FILE, CONFIG));
  }

  private static List<String> ofFile(Path file) {
    String name = file.getFileName().toString();
    if (name.endsWith(".safetensors")) {
      return TensorListing.of(file);
    }
    if (name.endsWith(".yaml") || name.endsWith(".yml")) {
      return RunInspection.ofRecipe(file);
    }
    if (name.equals(RunFiles.METRICS)) {
      return RunInspection.ofMetrics(file);
    }
    if (name.equals(PeftConfig.FILE)
        || name.equals(RunFiles.RESULT)
        || name.equals(ManifestJson.FILE)
        || name.equals(CONFIG)) {
      return ofFolder(file.toAbsolutePath().getParent());
    }
    throw new UserInputException(
        ("File %s is of no known kind: known are *.safetensors, recipes (*.yaml), %s, %s, %s, %s and"
                + " %s")
            .formatted(
                file,
                RunFiles.METRICS,
                RunFiles.RESULT,
                PeftConfig.FILE,
                ManifestJson.FILE,
                CONFIG));
  }
}
