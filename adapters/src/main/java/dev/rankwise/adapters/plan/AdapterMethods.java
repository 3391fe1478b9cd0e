package dev.rankwise.adapters.plan;

import dev.rankwise.adapters.adalora.AdaLora;
import dev.rankwise.adapters.dora.Dora;
import dev.rankwise.adapters.ia3.Ia3;
import dev.rankwise.adapters.kept.FullTuning;
import dev.rankwise.adapters.kept.KeptOnly;
import dev.rankwise.adapters.lora.Lora;
import dev.rankwise.adapters.moe.MoeLora;
import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.adapters.vora.Vora;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** The methods there are, listed once. */
public final class AdapterMethods {
  private static final List<AdapterMethod> ALL =
      List.of(
          new Lora(),
          new Dora(),
          new AdaLora(),
          MoeLora.usual(),
          Ia3.usual(),
          new Vora(),
          new FullTuning(),
          new KeptOnly());

  private AdapterMethods() {}

  /** Names of all methods that a recipe may ask for. */
  public static List<String> names() {
    return ALL.stream().map(AdapterMethod::name).toList();
  }

  /** What files call the methods that have files, each once. */
  public static List<String> peftTypes() {
    return ALL.stream().flatMap(method -> method.peftType().stream()).distinct().toList();
  }

  /**
   * The method of a file; empty if there is none.
   *
   * @param type what the file calls it
   * @param variant whether the file sets a field that makes another method of it
   */
  public static Optional<AdapterMethod> ofFile(String type, Predicate<String> variant) {
    List<AdapterMethod> all =
        ALL.stream().filter(method -> method.peftType().equals(Optional.of(type))).toList();
    return all.stream()
        .filter(method -> method.peftVariant().filter(variant).isPresent())
        .findFirst()
        .or(() -> all.stream().filter(method -> method.peftVariant().isEmpty()).findFirst());
  }

  /**
   * The method of that name.
   *
   * @throws UserInputException if there is none
   */
  public static AdapterMethod named(String name) {
    return ALL.stream()
        .filter(method -> method.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new UserInputException(
                    "Unknown adapter method: \"%s\" (must be one of %s)".formatted(name, names())));
  }
}
