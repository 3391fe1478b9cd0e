package dev.rankwise.models.source;

/** What a base is called elsewhere. */
public final class BaseNames {
  private static final String MINILM = "minilm";
  private static final String MINILM_IN_HUB = "sentence-transformers/all-MiniLM-L6-v2";

  private BaseNames() {}

  /** The name under which users of PEFT find the base: our own short name means nothing to them. */
  public static String inHub(String model) {
    return model.equals(MINILM) ? MINILM_IN_HUB : model;
  }

  /** The name under which we find a base that an adapter names. */
  public static String here(String name) {
    return name.equals(MINILM_IN_HUB) ? MINILM : name;
  }
}
