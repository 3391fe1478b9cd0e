package dev.rankwise.jobs.mlflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.rankwise.jobs.conf.OutputSection.Tracking;
import dev.rankwise.jobs.conf.SparkSection;
import dev.rankwise.jobs.session.RunContext;
import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.failure.UserInputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an MLflow server is sent, and what becomes of a job whose server is away. */
final class TestTracker {
  private static final SparkSection SPARK = new SparkSection(new TreeMap<>());
  private static final String SECRET = "hunter2-of-mlflow";

  @TempDir Path folder;
  private FakeMlflow mlflow;
  private ByteArrayOutputStream told;
  private Path run;

  @BeforeEach
  void start() throws IOException {
    mlflow = new FakeMlflow();
    told = new ByteArrayOutputStream();
    run = folder.resolve("mine");
  }

  @AfterEach
  void stop() {
    mlflow.close();
  }

  private RunContext context() {
    return new RunContext(
        new PrintStream(told, true, StandardCharsets.UTF_8), Clock.systemUTC(), false);
  }

  private Tracker tracker(Map<String, String> environment) {
    return tracker(mlflow.address(), environment);
  }

  private Tracker tracker(String address, Map<String, String> environment) {
    return new Tracker(
        new Tracking(address, "support", "tickets", Duration.ofSeconds(2)), environment, context());
  }

  private String send() {
    told.reset();
    tracker(Map.of()).afterRun(run.toString(), SPARK);
    return told.toString(StandardCharsets.UTF_8);
  }

  private String there() {
    return "MLflow     the run is there: " + mlflow.address() + "/#/experiments/1/runs/run1";
  }

  private JsonNode only() {
    assertThat(mlflow.runs()).hasSize(1);
    return mlflow.runs().get(0);
  }

  /** Values by name, and by step where they have one. */
  private static Map<String, String> values(JsonNode run, String kind) {
    Map<String, String> values = new LinkedHashMap<>();
    for (JsonNode one : run.path("data").path(kind)) {
      String step = one.has("step") ? "@" + one.path("step").asText() : "";
      String before = values.put(one.path("key").asText() + step, one.path("value").asText());
      assertThat(before).as("%s twice", one).isNull();
    }
    return values;
  }

  @Test
  void runIsThereWithParametersTagsFiguresByStepAndFiles() throws IOException {
    String sha256 = DoneRun.write(run, "weights", 3, "adapter.rank=4");

    assertThat(send())
        .isEqualTo("MLflow     run mine sent: %s/#/experiments/1/runs/run1%n", mlflow.address());

    assertThat(only().path("info").path("status").asText()).isEqualTo("FINISHED");
    assertThat(only().path("info").path("run_name").asText()).isEqualTo("mine");
    assertThat(only().path("info").path("start_time").asLong())
        .isEqualTo(Instant.parse(DoneRun.STARTED).toEpochMilli());
    assertThat(only().path("info").path("end_time").asLong())
        .isEqualTo(Instant.parse(DoneRun.FINISHED).toEpochMilli());
    assertThat(values(only(), "params"))
        .containsEntry("adapter.rank", "4")
        .containsEntry("train.seed", "0")
        .containsEntry("data.columns", "{}")
        .doesNotContainKeys("adapter.layers", "spark.hadoop.fs.s3a.secret.key");
    assertThat(values(only(), "tags"))
        .containsEntry("rankwise.adapter_sha256", sha256)
        .containsEntry("rankwise.base_sha256", "b5")
        .containsEntry("rankwise.data_sha256", "d5")
        .containsEntry("rankwise.release", "0.1.0")
        .containsEntry("rankwise.libtorch", "2.7.1")
        .containsKey(RunFacts.IDENTITY);
    assertThat(values(only(), "metrics"))
        .containsEntry("loss@1", "1.0")
        .containsEntry("loss@2", "0.5")
        .containsEntry("grad_norm@3", "0.25")
        .doesNotContainKeys("grad_norm@2", "updated@1", "step@1", "router_load@1")
        .containsEntry("run/tokens_per_second@3", "100.5")
        .containsEntry("before/accuracy@3", "0.5")
        .containsEntry("after/tasks/how_/mean_loss@3", "1.5")
        .doesNotContainKey("after/tasks/_/mean_loss@3")
        .containsEntry("on_the_way/mean_loss@2", "0.75");
    assertThat(mlflow.files().keySet())
        .map(name -> name.substring("1/run1/artifacts/".length()))
        .containsExactlyInAnyOrder(
            "recipe.yaml",
            "result.json",
            "evaluation.json",
            "lineage.json",
            "report.html",
            "adapter/adapter_config.json",
            "adapter/adapter_model.safetensors");
    assertThat(mlflow.files().get("1/run1/artifacts/adapter/adapter_model.safetensors"))
        .asString()
        .isEqualTo("weights");
  }

  /** The time of a step is the end of the run less what came behind it. */
  @Test
  void stepsLieInTimeAsTheyTookIt() throws IOException {
    DoneRun.write(run, "weights", 3);
    send();
    long end = Instant.parse(DoneRun.FINISHED).toEpochMilli();
    List<Long> times = new ArrayList<>();
    for (JsonNode metric : only().path("data").path("metrics")) {
      if (metric.path("key").asText().equals("loss")) {
        times.add(end - metric.path("timestamp").asLong());
      }
    }
    assertThat(times).containsExactly(4000L, 2000L, 0L);
  }

  @Test
  void noCallHoldsMoreThanMlflowTakes() throws IOException {
    int steps = 400;
    String[] settings =
        IntStream.range(0, 60)
            .mapToObj("spark.some.setting-%s=7"::formatted)
            .toArray(String[]::new);
    DoneRun.write(run, "weights", steps, settings);
    send();

    List<FakeMlflow.Request> batches = mlflow.requests("log-batch");
    assertThat(batches)
        .allSatisfy(
            batch -> {
              assertThat(batch.body().path("metrics").size()).isLessThanOrEqualTo(1000);
              assertThat(batch.body().path("params").size()).isLessThanOrEqualTo(100);
            });
    assertThat(batches).filteredOn(batch -> batch.body().path("metrics").size() == 1000).hasSize(2);
    assertThat(batches).filteredOn(batch -> batch.body().path("params").size() == 100).isNotEmpty();
    assertThat(values(only(), "metrics").keySet())
        .filteredOn(name -> name.startsWith("loss@"))
        .hasSize(steps);
  }

  @Test
  void whatIsThereIsNotSentAgain() throws IOException {
    DoneRun.write(run, "weights", 3);
    send();
    int asked = mlflow.requests(request -> true).size();

    assertThat(send()).isEqualToIgnoringNewLines(there());

    assertThat(mlflow.requests(request -> true)).hasSize(asked + 2);
    assertThat(values(only(), "metrics")).isNotEmpty();
  }

  /** The same recipe on the same rows is one run, wherever it lies, and another adapter another. */
  @Test
  void oneRunIsWhatWasAskedForAndWhatCameOfIt() throws IOException {
    DoneRun.write(run, "weights", 3);
    send();
    run = folder.resolve("elsewhere");
    DoneRun.write(run, "weights", 3);
    assertThat(send()).isEqualToIgnoringNewLines(there());
    run = folder.resolve("other-seed");
    DoneRun.write(run, "weights", 3, "train.seed=1");
    assertThat(send()).contains("run other-seed sent");
    run = folder.resolve("other-weights");
    DoneRun.write(run, "other weights", 3);
    assertThat(send()).contains("run other-weights sent");

    assertThat(mlflow.runs()).hasSize(3);
  }

  /** After each call in turn the server goes away. */
  @Test
  void whatWasCutOffIsCompletedAndNothingIsTwice() throws IOException {
    DoneRun.write(run, "weights", 400);
    send();
    int calls = mlflow.requests(request -> true).size();
    Map<String, String> whole = values(only(), "metrics");
    assertThat(calls).isGreaterThan(12);

    for (int last = 1; last < calls; last++) {
      mlflow.close();
      mlflow = new FakeMlflow();
      AtomicInteger left = new AtomicInteger(last);
      mlflow.breakBy(
          request ->
              left.getAndDecrement() > 0 ? null : new FakeMlflow.Answer(503, "gone for lunch"));
      assertThat(send())
          .as("after %s of %s calls", last, calls)
          .startsWith("Not sent   to MLflow at " + mlflow.address() + ": it answers HTTP 503. ")
          .contains("all that is unsent is in " + run, "is sent by rankwise track " + run);

      mlflow.breakBy(request -> null);
      assertThat(send()).contains("run mine sent");
      assertThat(values(only(), "metrics")).isEqualTo(whole);
      assertThat(values(only(), "params")).isNotEmpty();
      assertThat(values(only(), "tags")).isNotEmpty();
      assertThat(only().path("info").path("status").asText()).isEqualTo("FINISHED");
      assertThat(mlflow.files()).hasSize(7);
    }
  }

  @Test
  void serverThatIsAwayCostsAWarning() throws IOException {
    DoneRun.write(run, "weights", 3);
    String address = mlflow.address();
    mlflow.close();

    assertThat(send())
        .startsWith("Not sent   to MLflow at " + address + ": it cannot be reached (")
        .contains("refused")
        .hasLineCount(1);
    assertThatThrownBy(() -> tracker(address, Map.of()).now(MlflowMirror::versions))
        .isInstanceOf(ClusterException.class)
        .hasMessageStartingWith("Cannot send to MLflow at " + address + ": it cannot be reached (")
        .hasMessageEndingWith("; run the same command again later");
  }

  @Test
  void serverThatGivesNoAnswerIsNotWaitedFor() throws IOException {
    DoneRun.write(run, "weights", 3);
    CountDownLatch never = new CountDownLatch(1);
    mlflow.breakBy(
        request -> {
          never.await();
          return null;
        });
    assertThat(send())
        .contains(": it gave no answer within 2 s (tracking.timeout-seconds). Nothing is lost");
    assertThat(mlflow.requests("get-by-name")).as("the fault fired").hasSize(1);

    mlflow.breakBy(
        request -> {
          if (request.path().contains("mlflow-artifacts")) {
            never.await();
          }
          return null;
        });
    assertThat(send()).contains(": it gave no answer within 2 s (tracking.timeout-seconds)");
    assertThat(mlflow.runs()).hasSize(1);
    assertThat(only().path("info").path("status").asText()).isEqualTo("RUNNING");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          401 | no       | it answers HTTP 401, which is to say that user, password or token are missing
          403 | no       | set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN
          400 | too long | it answers HTTP 400: too long
          500 | a trace  | it answers HTTP 500. Nothing
          200 | <html>   | what it answers is not of MLflow (
          """)
  void serverThatRefusesCostsAWarning(int status, String body, String why) throws IOException {
    DoneRun.write(run, "weights", 3);
    mlflow.breakBy(request -> new FakeMlflow.Answer(status, body));

    assertThat(send()).startsWith("Not sent   to MLflow at ").contains(why).doesNotContain("trace");
    Class<?> failure = status == 500 ? ClusterException.class : UserInputException.class;
    assertThatThrownBy(() -> tracker(Map.of()).now(MlflowMirror::aliases)).isInstanceOf(failure);
  }

  @Test
  void credentialsAreThoseOfTheEnvironmentAndNowhereElse() throws IOException {
    DoneRun.write(run, "weights", 3);
    Map<String, String> user =
        Map.of("MLFLOW_TRACKING_USERNAME", "night", "MLFLOW_TRACKING_PASSWORD", SECRET);
    mlflow.breakBy(
        request -> request.path().contains("artifacts") ? new FakeMlflow.Answer(401, "") : null);
    tracker(user).afterRun(run.toString(), SPARK);
    String basic = "Basic bmlnaHQ6aHVudGVyMi1vZi1tbGZsb3c=";
    assertThat(mlflow.requests(request -> true))
        .allSatisfy(request -> assertThat(request.authorisation()).isEqualTo(basic));
    assertThat(mlflow.requests("recipe.yaml")).as("files too").hasSize(1);
    assertThat(told.toString(StandardCharsets.UTF_8))
        .contains("it answers HTTP 401")
        .doesNotContain(SECRET);

    mlflow.breakBy(request -> null);
    int before = mlflow.requests(request -> true).size();
    tracker(Map.of("MLFLOW_TRACKING_TOKEN", SECRET)).afterRun(run.toString(), SPARK);
    assertThat(mlflow.requests(request -> true).stream().skip(before))
        .isNotEmpty()
        .allSatisfy(request -> assertThat(request.authorisation()).isEqualTo("Bearer " + SECRET));
    assertThat(mlflow.requests(request -> request.body().toString().contains(SECRET))).isEmpty();
    assertThat(mlflow.requests(request -> request.body().toString().contains("hunter2-of-spark")))
        .isEmpty();
    assertThat(mlflow.files().get("1/run1/artifacts/recipe.yaml"))
        .asString()
        .contains("secret.key")
        .doesNotContain("hunter2");
  }

  @Test
  void filesThatGoElsewhereStayAndThatIsTold() throws IOException {
    DoneRun.write(run, "weights", 3);
    mlflow.keepFilesAt("s3://bucket/");

    assertThat(send())
        .contains(
            "run mine sent",
            "Note: its files are not sent: the server keeps them at s3://bucket/1/run1/artifacts");
    assertThat(only().path("info").path("status").asText()).isEqualTo("FINISHED");
    assertThat(mlflow.files()).isEmpty();

    mlflow.keepFilesAt("mlflow-artifacts://example.org/");
    run = folder.resolve("other");
    DoneRun.write(run, "other", 3);
    assertThat(send()).contains("keeps them at mlflow-artifacts://example.org/1/run2/artifacts");
  }

  @Test
  void adapterThatIsNotWhatTheRunWroteIsNotSent() throws IOException {
    DoneRun.write(run, "weights", 3);
    Files.writeString(run.resolve("adapter/adapter_model.safetensors"), "of somebody");

    assertThat(send())
        .contains("Not sent   ", "adapter/adapter_model.safetensors in " + run + " has SHA-256 ")
        .contains("so something else changed it");
    assertThat(only().path("info").path("status").asText()).isEqualTo("RUNNING");
  }

  @Test
  void runThatFailedIsNotSent() throws IOException {
    DoneRun.write(run, "weights", 3);
    Files.writeString(run.resolve("result.json"), "{\"status\": \"failed\"}");

    assertThat(send()).isEmpty();
    assertThat(FinishedFolder.open(folder.toString(), SPARK)).isEmpty();
    assertThat(mlflow.requests(request -> true)).isEmpty();
  }

  @Test
  void withoutAServerNothingOfMlflowIsLoaded() throws Exception {
    DoneRun.write(run, "weights", 3);
    Tracking none = new Tracking("", "support", "tickets", Duration.ofSeconds(2));
    assertThat(Tracker.of(none, context())).isEmpty();

    try (WithoutMlflow classes = new WithoutMlflow()) {
      assertThatCode(() -> classes.use("", run.toString())).doesNotThrowAnyException();
      assertThat(classes.use(mlflow.address(), run.toString()))
          .as("where one is named its absence costs a warning")
          .contains("Not sent   to MLflow at ", ": its client cannot be loaded; use the packaged");
    }
  }

  /** The classes of this process but those of MLflow's client. */
  private static final class WithoutMlflow extends ClassLoader implements AutoCloseable {
    WithoutMlflow() {
      super(TestTracker.class.getClassLoader());
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
      if (name.startsWith("org.mlflow")) {
        throw new ClassNotFoundException(name);
      }
      if (!name.startsWith("dev.rankwise.jobs.mlflow.")) {
        return super.loadClass(name, resolve);
      }
      Class<?> loaded = findLoadedClass(name);
      return loaded == null ? defined(name) : loaded;
    }

    private Class<?> defined(String name) throws ClassNotFoundException {
      try (InputStream file = getResourceAsStream(name.replace('.', '/') + ".class")) {
        byte[] bytes = file.readAllBytes();
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException e) {
        throw new ClassNotFoundException(name, e);
      }
    }

    /** Sends a run as {@code tune} does, and gives what was told. */
    String use(String address, String directory) throws ReflectiveOperationException {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      RunContext context =
          new RunContext(
              new PrintStream(out, true, StandardCharsets.UTF_8), Clock.systemUTC(), false);
      Tracking tracking = new Tracking(address, "support", "tickets", Duration.ofSeconds(2));
      Class<?> type = loadClass(Tracker.class.getName());
      Object tracker =
          type.getMethod("of", Tracking.class, RunContext.class).invoke(null, tracking, context);
      if (((Optional<?>) tracker).isPresent()) {
        type.getMethod("afterRun", String.class, SparkSection.class)
            .invoke(((Optional<?>) tracker).get(), directory, SPARK);
      }
      return out.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {}
  }
}
