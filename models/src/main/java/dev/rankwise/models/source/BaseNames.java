package dev.rankwise.models.source;

import dev.rankwise.models.remote.HubName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** What a base is called elsewhere. */
public final class BaseNames {
  private static final String MINILM = "minilm";
  private static final String MINILM_IN_HUB = "sentence-transformers/all-MiniLM-L6-v2";

  private static final Pattern IN_HUB = Pattern.compile("[A-Za-z0-9][\\w-]*/[A-Za-z0-9][\\w.-]*");

  private BaseNames() {}

  /** The name under which users of PEFT find the base: our own short name means nothing to them. */
  public static String inHub(String model) {
    if (HubName.isHubName(model)) {
      return HubName.of(model).repository();
    }
    return model.equals(MINILM) ? MINILM_IN_HUB : model;
  }

  /**
   * The name under which we find a base that an adapter names: as users of PEFT mean it, a folder
   * if there is one, and else a repository of the hub.
   */
  public static String here(String name) {
    if (name.equals(MINILM_IN_HUB)) {
      return MINILM;
    }
    return IN_HUB.matcher(name).matches() && !Files.exists(Path.of(name))
        ? HubName.SCHEME + name
        : name;
  }
}
