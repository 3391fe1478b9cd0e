package dev.rankwise.jobs.mlflow;

import dev.rankwise.jobs.conf.OutputSection.Tracking;
import dev.rankwise.jobs.mlflow.SentRun.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.mlflow.api.proto.Service.CreateRun;
import org.mlflow.api.proto.Service.Experiment;
import org.mlflow.api.proto.Service.Metric;
import org.mlflow.api.proto.Service.Param;
import org.mlflow.api.proto.Service.Run;
import org.mlflow.api.proto.Service.RunStatus;
import org.mlflow.api.proto.Service.RunTag;
import org.mlflow.api.proto.Service.ViewType;
import org.mlflow.tracking.MlflowHttpException;

/**
 * Sends a run so that sending it again sends nothing twice, wherever it was cut off. A run is begun
 * with the tag by which it is found again, and is {@code FINISHED} once it is whole. Of one that
 * was begun the server says what it has: parameters by name, and of each figure the last step,
 * since steps are sent in their order.
 */
final class RunSender {
  /** The most that MLflow takes in one call. */
  static final int MOST_FIGURES = 1000;

  private static final int MOST_PARAMETERS = 100;
  private static final int FEW = 10;
  private static final String EXISTS = "RESOURCE_ALREADY_EXISTS";

  private final MlflowServer server;
  private final Credentials credentials;
  private final Tracking tracking;

  RunSender(MlflowServer server, Credentials credentials, Tracking tracking) {
    this.server = server;
    this.credentials = credentials;
    this.tracking = tracking;
  }

  /**
   * Sends what is not there.
   *
   * @param more tags beside its own
   * @throws UnsentException if the server could not take all of it
   */
  SentRun send(FinishedFolder run, Map<String, String> more) throws UnsentException, IOException {
    String experiment = experiment();
    Optional<Run> found = find(experiment, run.identity());
    if (found.isPresent() && found.get().getInfo().getStatus() == RunStatus.FINISHED) {
      tag(found.get(), more);
      return sent(found.get(), experiment, Outcome.FOUND);
    }
    Run begun = found.isPresent() ? found.get() : begin(experiment, run);
    String id = begun.getInfo().getRunId();
    tag(begun, more);
    parameters(begun, run);
    figures(begun, run);
    Optional<ArtifactStore> store = store(begun);
    if (store.isPresent()) {
      for (SentFile file : run.files()) {
        store.get().put(file);
      }
    }
    long ended = StepFigures.milliseconds(run.result(), "finished");
    server.tell(it -> it.setTerminated(id, RunStatus.FINISHED, ended));
    return sent(begun, experiment, found.isPresent() ? Outcome.COMPLETED : Outcome.SENT);
  }

  private SentRun sent(Run run, String experiment, Outcome outcome) {
    String id = run.getInfo().getRunId();
    String page = "%s/#/experiments/%s/runs/%s".formatted(server.address(), experiment, id);
    String artifacts = run.getInfo().getArtifactUri();
    return new SentRun(id, page, artifacts, store(run).isPresent(), outcome);
  }

  private Optional<ArtifactStore> store(Run run) {
    return ArtifactStore.of(run.getInfo().getArtifactUri(), server, credentials);
  }

  private String experiment() throws UnsentException {
    String name = tracking.experiment();
    Optional<Experiment> there = server.ask(it -> it.getExperimentByName(name));
    if (there.isPresent()) {
      return there.get().getExperimentId();
    }
    return server.ask(
        it -> {
          try {
            return it.createExperiment(name);
          } catch (MlflowHttpException e) {
            // Another job made it meanwhile.
            if (!exists(e)) {
              throw e;
            }
            return it.getExperimentByName(name).orElseThrow(() -> e).getExperimentId();
          }
        });
  }

  /** Whether the server refused because what is to be made is there. */
  static boolean exists(MlflowHttpException refused) {
    return String.valueOf(refused.getBodyMessage()).contains(EXISTS);
  }

  /** The run with that tag, the whole one of several: two processes may have begun it at once. */
  private Optional<Run> find(String experiment, String identity) throws UnsentException {
    String filter = "tags.`%s` = '%s'".formatted(RunFacts.IDENTITY, identity);
    List<Run> runs =
        server.ask(
            it ->
                it.searchRuns(
                        List.of(experiment),
                        filter,
                        ViewType.ACTIVE_ONLY,
                        FEW,
                        List.of("attributes.start_time ASC"))
                    .getItems());
    return runs.stream()
        .filter(run -> run.getInfo().getStatus() == RunStatus.FINISHED)
        .findFirst()
        .or(() -> runs.stream().findFirst());
  }

  private Run begin(String experiment, FinishedFolder run) throws UnsentException {
    CreateRun.Builder asked =
        CreateRun.newBuilder()
            .setExperimentId(experiment)
            .setRunName(run.name())
            .setStartTime(StepFigures.milliseconds(run.result(), "started"))
            .addAllTags(tags(RunFacts.tags(run)));
    String id = server.ask(it -> it.createRun(asked.build()).getRunId());
    return server.ask(it -> it.getRun(id));
  }

  private void tag(Run run, Map<String, String> more) throws UnsentException {
    Map<String, String> missing = new LinkedHashMap<>(more);
    run.getData().getTagsList().forEach(tag -> missing.remove(tag.getKey(), tag.getValue()));
    if (!missing.isEmpty()) {
      String id = run.getInfo().getRunId();
      server.tell(it -> it.logBatch(id, List.of(), List.of(), tags(missing)));
    }
  }

  private void parameters(Run begun, FinishedFolder run) throws UnsentException {
    TreeSet<String> there = new TreeSet<>();
    begun.getData().getParamsList().forEach(param -> there.add(param.getKey()));
    List<Param> missing = new ArrayList<>();
    RunFacts.parameters(run)
        .forEach(
            (name, value) -> {
              if (!there.contains(name)) {
                missing.add(Param.newBuilder().setKey(name).setValue(value).build());
              }
            });
    String id = begun.getInfo().getRunId();
    for (List<Param> batch : batches(missing, MOST_PARAMETERS)) {
      server.tell(it -> it.logBatch(id, List.of(), batch, List.of()));
    }
  }

  private void figures(Run begun, FinishedFolder run) throws UnsentException, IOException {
    Map<String, Long> there = new LinkedHashMap<>();
    begun.getData().getMetricsList().forEach(last -> there.put(last.getKey(), last.getStep()));
    List<Metric> missing = new ArrayList<>();
    for (StepFigures.Figure figure : StepFigures.of(run)) {
      if (figure.step() > there.getOrDefault(figure.name(), -1L)) {
        missing.add(
            Metric.newBuilder()
                .setKey(figure.name())
                .setValue(figure.value())
                .setStep(figure.step())
                .setTimestamp(figure.milliseconds())
                .build());
      }
    }
    String id = begun.getInfo().getRunId();
    for (List<Metric> batch : batches(missing, MOST_FIGURES)) {
      server.tell(it -> it.logBatch(id, batch, List.of(), List.of()));
    }
  }

  private static List<RunTag> tags(Map<String, String> tags) {
    return tags.entrySet().stream()
        .map(tag -> RunTag.newBuilder().setKey(tag.getKey()).setValue(tag.getValue()).build())
        .toList();
  }

  private static <T> List<List<T>> batches(List<T> all, int most) {
    List<List<T>> batches = new ArrayList<>();
    for (int from = 0; from < all.size(); from += most) {
      batches.add(all.subList(from, Math.min(all.size(), from + most)));
    }
    return batches;
  }
}
