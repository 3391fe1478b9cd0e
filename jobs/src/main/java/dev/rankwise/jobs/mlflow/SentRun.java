package dev.rankwise.jobs.mlflow;

/**
 * A run as MLflow holds it.
 *
 * @param id MLflow's id of it
 * @param page where it is shown
 * @param artifacts where its artifacts go, as the server has it
 * @param hasArtifacts whether they are there
 * @param outcome what was to do
 */
public record SentRun(
    String id, String page, String artifacts, boolean hasArtifacts, Outcome outcome) {

  /** What was to do. */
  public enum Outcome {
    /** It was not there, and is now. */
    SENT,
    /** It was begun, and is whole now. */
    COMPLETED,
    /** It was there. */
    FOUND
  }
}
