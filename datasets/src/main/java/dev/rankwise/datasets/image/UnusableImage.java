package dev.rankwise.datasets.image;

import java.util.Objects;

/**
 * A file that gives no picture. Caught where files are judged: it never reaches a user, so it holds
 * the problem alone and no trace.
 */
public final class UnusableImage extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final ImageProblem problem;

  /** A file with that problem. */
  public UnusableImage(ImageProblem problem) {
    super(problem.description(), null, false, false);
    this.problem = Objects.requireNonNull(problem, "problem");
  }

  /** What is wrong with it. */
  public ImageProblem problem() {
    return problem;
  }
}
