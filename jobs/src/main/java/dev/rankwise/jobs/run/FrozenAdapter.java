package dev.rankwise.jobs.run;

import dev.rankwise.adapters.peft.PeftConfig;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.stack.StackedFactors;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.models.config.ModelConfig;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.Sha256;
import dev.rankwise.models.source.BaseDirectory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The adapter that a recipe keeps as it is beneath the one that it tunes.
 *
 * @param factors its factors
 * @param sha256 hash of its files
 */
record FrozenAdapter(StackedFactors factors, String sha256) {

  /**
   * Reads it.
   *
   * @param named a run folder, or an adapter's own; empty for none
   * @throws UserInputException if none lies there, it belongs to another base, or it is no plain
   *     LoRA
   */
  static Optional<FrozenAdapter> of(Optional<Path> named, BaseDirectory base) {
    return named.map(path -> read(path, base));
  }

  private static FrozenAdapter read(Path path, BaseDirectory base) {
    Path inRun = path.resolve(RunFiles.ADAPTER);
    Path folder = Files.isRegularFile(inRun.resolve(PeftConfig.FILE)) ? inRun : path;
    if (!Files.isRegularFile(folder.resolve(PeftConfig.FILE))) {
      throw new UserInputException(
          "Invalid adapter.frozen: %s (no adapter lies there); name a run folder or an adapter"
              .formatted(path));
    }
    ModelConfig config = ModelConfig.read(base.config());
    StackedFactors factors = new StackedFactors(PeftDirectory.read(folder, config, base.sha256()));
    String hashes =
        Sha256.ofFile(folder.resolve(PeftConfig.FILE))
            + Sha256.ofFile(folder.resolve(PeftDirectory.WEIGHTS));
    return new FrozenAdapter(factors, Sha256.ofBytes(hashes.getBytes(StandardCharsets.UTF_8)));
  }
}
