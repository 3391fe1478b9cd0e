package dev.rankwise.jobs.mlflow;

import dev.rankwise.jobs.conf.OutputSection.Tracking;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.mlflow.UnsentException.Remedy;
import dev.rankwise.jobs.session.FailureReport;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.text.Redaction;
import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.RankwiseException;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.format.FileFailure;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * Tells the server that a recipe names of what was done. A job does not depend on it: what cannot
 * be sent is told in one paragraph, stays in its folder, and is found there the next time.
 */
public final class Tracker {
  private final Tracking tracking;
  private final Map<String, String> environment;
  private final RunContext context;

  Tracker(Tracking tracking, Map<String, String> environment, RunContext context) {
    this.tracking = tracking;
    this.environment = environment;
    this.context = context;
  }

  /**
   * The one for a recipe's server; empty if it names none, and then nothing of MLflow is loaded.
   */
  public static Optional<Tracker> of(Tracking tracking, RunContext context) {
    return tracking.isAsked()
        ? Optional.of(new Tracker(tracking, System.getenv(), context))
        : Optional.empty();
  }

  /** What is sent. */
  @FunctionalInterface
  public interface Work {
    /** Sends it. */
    void over(MlflowMirror mirror) throws UnsentException, IOException;
  }

  /**
   * Sends a run that is done.
   *
   * @param directory its folder, a path or an address
   * @param spark says how file systems are reached
   */
  public void afterRun(String directory, SparkSection spark) {
    afterwards(directory, "", mirror -> run(mirror, directory, spark));
  }

  private static void run(MlflowMirror mirror, String directory, SparkSection spark)
      throws UnsentException, IOException {
    Optional<FinishedFolder> opened = FinishedFolder.open(directory, spark);
    if (opened.isPresent()) {
      try (FinishedFolder run = opened.get()) {
        told(mirror, mirror.run(run));
      }
    }
  }

  /** Says of a run that was there that it is. */
  private static void told(MlflowMirror mirror, SentRun sent) {
    if (sent.outcome() == SentRun.Outcome.FOUND) {
      mirror.say("the run is there: " + sent.page());
    }
  }

  /**
   * Sends one run that was asked to be sent; else as {@link #now}.
   *
   * @param run the run
   */
  public void now(FinishedFolder run) {
    now(mirror -> told(mirror, mirror.run(run)));
  }

  /**
   * Sends something behind a job. Nothing that goes wrong is thrown: the job is done, and well.
   *
   * @param directory the folder that all of it lies in
   * @param otherwise what else will send it, for the message; empty if nothing does by itself
   */
  public void afterwards(String directory, String otherwise, Work work) {
    try {
      connect(work);
    } catch (UnsentException e) {
      warn(directory, otherwise, e.getMessage());
    } catch (IOException e) {
      warn(directory, otherwise, FileFailure.reading(Redaction.shown(directory), e).getMessage());
    } catch (LinkageError e) {
      warn(directory, otherwise, "its client cannot be loaded; use the packaged jar as it is");
    } catch (RuntimeException e) {
      warn(directory, otherwise, FailureReport.of(e).message());
    }
  }

  private void warn(String directory, String otherwise, String why) {
    context.say(
        ("Not sent   to MLflow at %s: %s. Nothing is lost: all that is unsent is in %s, and is sent by"
                + " %srankwise track %s")
            .formatted(
                tracking.mlflow(),
                why,
                Redaction.shown(directory),
                otherwise,
                Redaction.shown(directory)));
  }

  /**
   * Sends something that was asked to be sent.
   *
   * @throws ClusterException if the server is away
   * @throws UserInputException if it refuses
   * @throws RankwiseException for what is wrong with a folder
   */
  public void now(Work work) {
    try {
      connect(work);
    } catch (UnsentException e) {
      String message =
          "Cannot send to MLflow at %s: %s%s"
              .formatted(
                  tracking.mlflow(),
                  e.getMessage(),
                  e.remedy() == Remedy.LATER ? "; run the same command again later" : "");
      throw e.remedy() == Remedy.LATER
          ? new ClusterException(message, e)
          : new UserInputException(message, e);
    } catch (IOException e) {
      throw FileFailure.reading("what is sent", e);
    }
  }

  private void connect(Work work) throws UnsentException, IOException {
    try (MlflowMirror mirror = new MlflowMirror(tracking, environment, context)) {
      work.over(mirror);
    }
  }
}
