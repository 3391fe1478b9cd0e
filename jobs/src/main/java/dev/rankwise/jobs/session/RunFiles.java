package dev.rankwise.jobs.session;

/** Names of what lies in a run folder. */
public final class RunFiles {
  /** The adapter, in PEFT's form. */
  public static final String ADAPTER = "adapter";

  /** The base that full fine-tuning made, in Hugging Face's form. */
  public static final String MODEL = "model";

  /** The prepared data, unless the recipe names another place. */
  public static final String DATA = "data";

  /** What an interrupted run goes on with, unless the recipe names another place. */
  public static final String CHECKPOINTS = "checkpoints";

  /** The recipe as resolved. */
  public static final String RECIPE = "recipe.yaml";

  /** One line a step. */
  public static final String METRICS = "metrics.jsonl";

  /** The same for TensorBoard, which asks for a folder. */
  public static final String TENSORBOARD = "tensorboard";

  /** How the run ended. */
  public static final String RESULT = "result.json";

  /** Figures on the held-out rows. */
  public static final String EVALUATION = "evaluation.json";

  /** Where the adapter comes from. */
  public static final String LINEAGE = "lineage.json";

  /** The page for people. */
  public static final String REPORT = "report.html";

  private RunFiles() {}
}
