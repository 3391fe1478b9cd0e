package dev.rankwise.jobs.mlflow;

import dev.rankwise.jobs.conf.OutputSection.Tracking;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.jobs.session.RunFiles;
import dev.rankwise.jobs.text.Redaction;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What an MLflow server is told of, for the time of one connection. It mirrors what folders say: a
 * run or version that is there is not told again.
 */
public final class MlflowMirror implements AutoCloseable {
  private final Tracking tracking;
  private final RunContext context;
  private final MlflowServer server;
  private final RunSender runs;
  private final ModelVersions versions;

  /**
   * A connection, over which nothing has gone yet.
   *
   * @throws UnsentException if credentials would come into a log
   */
  MlflowMirror(Tracking tracking, Map<String, String> environment, RunContext context)
      throws UnsentException {
    Credentials credentials = Credentials.of(environment);
    this.tracking = tracking;
    this.context = context;
    this.server = new MlflowServer(tracking.mlflow(), tracking.limit(), credentials);
    this.runs = new RunSender(server, credentials, tracking);
    this.versions = new ModelVersions(server, tracking.model());
  }

  /** Sends a run where it is missing, and says where it is shown. */
  public SentRun run(FinishedFolder run) throws UnsentException, IOException {
    return run(run, Map.of());
  }

  private SentRun run(FinishedFolder run, Map<String, String> tags)
      throws UnsentException, IOException {
    SentRun sent = runs.send(run, tags);
    if (sent.outcome() != SentRun.Outcome.FOUND) {
      say("run %s sent: %s".formatted(Redaction.shown(run.name()), sent.page()));
      note(run, sent);
    }
    return sent;
  }

  /** Tells the user one line about the server. */
  public void say(String line) {
    context.say("MLflow     " + line);
  }

  private void note(FinishedFolder run, SentRun sent) {
    if (run.isModel()) {
      context.say(
          "           Note: the weights of a whole model are not sent; they stay in the folder");
    } else if (!run.hasSteps()) {
      context.say(
          "           Note: its run folder is gone, so it has neither figures by step nor a report");
    }
    if (!sent.hasArtifacts()) {
      context.say(
          ("           Note: its files are not sent: the server keeps them at %s, and only those behind"
                  + " its own address are reached (mlflow server --serve-artifacts)")
              .formatted(Redaction.shown(sent.artifacts())));
    }
  }

  /** MLflow's numbers of the versions that are there, by their run keys. */
  public Map<String, String> versions() throws UnsentException {
    return versions.byRunKey();
  }

  /**
   * Sends a version with its run.
   *
   * @param run the run that made it
   * @param number our number of it
   * @param runKey what it is found by
   * @return MLflow's number; empty where its files could not be sent, so that there is nothing to
   *     use
   */
  public Optional<String> version(FinishedFolder run, int number, String runKey)
      throws UnsentException, IOException {
    Map<String, String> tags = new LinkedHashMap<>();
    tags.put(RunFacts.RUN_KEY, runKey);
    SentRun sent = run(run, tags);
    if (!sent.hasArtifacts()) {
      return Optional.empty();
    }
    tags.put("rankwise.version", String.valueOf(number));
    tags.put("rankwise.adapter_sha256", run.trainedSha256());
    tags.put("rankwise.base_sha256", run.lineage().path("base_sha256").asText());
    String there = versions.add(sent, RunFiles.ADAPTER, tags);
    say(
        "version %s is version %s of model %s there"
            .formatted(number, there, Redaction.shown(tracking.model())));
    return Optional.of(there);
  }

  /** MLflow's number of the version that each alias is on. */
  public Map<String, String> aliases() throws UnsentException {
    return versions.aliases();
  }

  /** Puts an alias on a version, by MLflow's number. */
  public void alias(String alias, String version) throws UnsentException {
    versions.put(alias, version);
    say("%s is version %s there".formatted(alias, version));
  }

  @Override
  public void close() {
    server.close();
  }
}
