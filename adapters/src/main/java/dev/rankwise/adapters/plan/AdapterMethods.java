package dev.rankwise.adapters.plan;

import dev.rankwise.adapters.adalora.AdaLora;
import dev.rankwise.adapters.dora.Dora;
import dev.rankwise.adapters.kept.FullTuning;
import dev.rankwise.adapters.kept.KeptOnly;
import dev.rankwise.adapters.lora.Lora;
import dev.rankwise.adapters.spec.AdapterMethod;
import dev.rankwise.models.failure.UserInputException;
import java.util.List;

/** The methods there are, listed once. */
public final class AdapterMethods {
  private static final List<AdapterMethod> ALL =
      List.of(new Lora(), new Dora(), new AdaLora(), new FullTuning(), new KeptOnly());

  private AdapterMethods() {}

  /** Names of all methods. */
  public static List<String> names() {
    return ALL.stream().map(AdapterMethod::name).toList();
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
