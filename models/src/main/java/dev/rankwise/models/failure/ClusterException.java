package dev.rankwise.models.failure;

/** The cluster could not run the job; a retry may help (exit 6). */
public final class ClusterException extends RankwiseException {
  private static final long serialVersionUID = 1L;

  public ClusterException(String message) {
    this(message, null);
  }

  public ClusterException(String message, Throwable cause) {
    super(FailureCode.CLUSTER_UNABLE, message, cause);
  }
}
