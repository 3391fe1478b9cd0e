package dev.rankwise.jobs.run;

import dev.rankwise.adapters.peft.AdapterOrigin;
import dev.rankwise.adapters.peft.BaseHolding;
import dev.rankwise.adapters.peft.PeftConfig;
import dev.rankwise.adapters.peft.PeftDirectory;
import dev.rankwise.adapters.plan.Adapter;
import dev.rankwise.adapters.plan.ContinuedAdapter;
import dev.rankwise.adapters.stack.StackedFactors;
import dev.rankwise.jobs.conf.BaseSection;
import dev.rankwise.jobs.conf.Recipe;
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
 * An adapter that was there before the run: what it tunes lies above that one, or begins as it.
 *
 * @param adapter the adapter
 * @param sha256 hash of its files
 */
record EarlierAdapter(Adapter adapter, String sha256) {
  private static final String FROZEN = "adapter.frozen";
  private static final String START = "adapter.start";

  /**
   * Reads the one that a recipe keeps as it is beneath the one that it tunes, a run folder or an
   * adapter's own; empty where it names none.
   *
   * @throws UserInputException if none lies there, or it belongs to another base or to one that was
   *     held otherwise
   */
  static Optional<EarlierAdapter> frozen(Recipe recipe, BaseDirectory base) {
    return recipe.adapter().frozen().map(path -> read(FROZEN, path, recipe.base(), base));
  }

  /**
   * Reads the one that the adapter which a recipe tunes begins as, likewise.
   *
   * @throws UserInputException as for {@link #frozen}
   */
  static Optional<EarlierAdapter> start(Recipe recipe, BaseDirectory base) {
    return recipe.adapter().start().map(path -> read(START, path, recipe.base(), base));
  }

  /**
   * Its factors, to stand still.
   *
   * @throws UserInputException if it is no plain LoRA
   */
  StackedFactors factors() {
    return new StackedFactors(adapter);
  }

  /** The same, to begin as. */
  ContinuedAdapter continued() {
    return new ContinuedAdapter(adapter);
  }

  private static EarlierAdapter read(
      String key, Path path, BaseSection section, BaseDirectory base) {
    Path inRun = path.resolve(RunFiles.ADAPTER);
    Path folder = Files.isRegularFile(inRun.resolve(PeftConfig.FILE)) ? inRun : path;
    if (!Files.isRegularFile(folder.resolve(PeftConfig.FILE))) {
      throw new UserInputException(
          "Invalid %s: %s (no adapter lies there); name a run folder or an adapter"
              .formatted(key, path));
    }
    ModelConfig config = ModelConfig.read(base.config());
    Adapter first = PeftDirectory.read(folder, config, base.sha256());
    requireHeldAlike(key, folder, section.holding(base, first.plan().matched().tree()));
    String hashes =
        Sha256.ofFile(folder.resolve(PeftConfig.FILE))
            + Sha256.ofFile(folder.resolve(PeftDirectory.WEIGHTS));
    return new EarlierAdapter(first, Sha256.ofBytes(hashes.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * On other weights than its own the first adapter would compute something else, and be saved so.
   * What another library wrote does not say on which it was trained.
   */
  private static void requireHeldAlike(String key, Path folder, BaseHolding holding) {
    Optional<BaseHolding> said = PeftDirectory.origin(folder).map(AdapterOrigin::held);
    if (said.isEmpty()) {
      return;
    }
    BaseHolding own = said.get();
    boolean differs = own.isInFourBits() ? !own.equals(holding) : holding.isInFourBits();
    if (differs) {
      throw new UserInputException(
          "Invalid %s: %s (it was trained on the base %s, and this run holds it %s); set %s"
              .formatted(
                  key,
                  folder,
                  shown(own),
                  shown(holding),
                  own.isInFourBits()
                      ? "base.quantization to %s and base.dtype to %s"
                          .formatted(own.form().label(), own.typeName())
                      : "base.quantization to none"));
    }
  }

  private static String shown(BaseHolding holding) {
    return holding.isInFourBits() ? "in " + holding.text() : "as it is";
  }
}
