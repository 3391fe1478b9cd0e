package dev.rankwise.jobs.survey;

import dev.rankwise.datasets.base.SparkBases;
import dev.rankwise.jobs.survey.ExecutorAnswer.Question;
import dev.rankwise.pipeline.executor.Inquiry;
import java.io.Serializable;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.status.api.v1.ExecutorSummary;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.collection.JavaConverters;

/**
 * The questions of a driver to its cluster.
 *
 * @param spark the running context
 * @param clock the driver's
 */
public record Survey(JavaSparkContext spark, Clock clock) {
  private static final Logger LOG = LoggerFactory.getLogger(Survey.class);
  private static final String DRIVER = "driver";
  private static final long LOOKING_MILLIS = 100;

  /** Executors of one start come within moments of each other. */
  private static final Duration SETTLED = Duration.ofSeconds(3);

  private static final int READINGS = 3;

  /** When an executor's clock was read, by that clock. */
  private record Moment(String executor, long millis) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Waits for executors.
   *
   * @param limit how long at most
   * @param expected how many must come; 0 where nobody says, and none more must come for a while
   * @return whether there is one
   */
  public boolean awaitExecutors(Duration limit, int expected) {
    long end = System.nanoTime() + limit.toNanos();
    if (!isWoken(limit)) {
      return false;
    }
    if (spark.isLocal()) {
      return true;
    }
    int count = 0;
    long since = System.nanoTime();
    while (true) {
      int now = Inquiry.known(spark).size();
      if (now != count) {
        count = now;
        since = System.nanoTime();
      }
      boolean settled = System.nanoTime() - since > SETTLED.toNanos();
      boolean enough = expected > 0 ? now >= expected || System.nanoTime() > end : settled;
      if (enough || !isPaused()) {
        return true;
      }
    }
  }

  /** Whether a task was done. Executors that are allocated by need come for one alone. */
  private boolean isWoken(Duration limit) {
    JavaFutureAction<Long> task = spark.parallelize(List.of(0), 1).countAsync();
    try {
      task.get(limit.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      task.cancel(true);
      return false;
    } catch (ExecutionException e) {
      LOG.warn("No task could be done", e);
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Waits between two looks; false where this thread is to end. */
  private static boolean isPaused() {
    try {
      Thread.sleep(LOOKING_MILLIS);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** The executors that Spark knows; in local mode the driver is one. */
  @SuppressWarnings("deprecation") // Scala 2.13 has for JavaConverters what 2.12 has not.
  public List<RegisteredExecutor> registered() {
    List<RegisteredExecutor> registered = new ArrayList<>();
    Collection<ExecutorSummary> all =
        JavaConverters.asJavaCollection(spark.sc().statusStore().executorList(true));
    for (ExecutorSummary executor : all) {
      if (spark.isLocal() || !executor.id().equals(DRIVER)) {
        registered.add(
            new RegisteredExecutor(
                executor.id(), executor.hostPort(), executor.totalCores(), executor.maxTasks()));
      }
    }
    return registered;
  }

  /** Asks the executors what they are and what they see. */
  public Inquiry.Answers<ExecutorAnswer> ask(Question question) {
    return new Inquiry<>("ask the executors what they are", () -> answer(question)).asked(spark);
  }

  private static ExecutorAnswer answer(Question question) {
    SparkEnv environment = SparkEnv.get();
    String executor = environment.executorId();
    Configuration files = SparkBases.configuration();
    LibraryAnswer library = LibraryAnswer.ofThisJvm(question.threads());
    String file = FolderProbe.ofExecutor(executor) + TaskContext.get().taskAttemptId();
    List<FileAnswer> unlike = new ArrayList<>();
    for (FileAnswer.WatchedFile watched : question.files()) {
      String failure = watched.failure(files);
      if (!failure.isEmpty()) {
        unlike.add(new FileAnswer(watched.file(), failure));
      }
    }
    return new ExecutorAnswer(
        executor,
        environment.blockManager().blockManagerId().host(),
        ProcessHandle.current().pid(),
        Runtime.version().toString(),
        library,
        MemoryAnswer.ofThisJvm(),
        CacheAnswer.ofThisHost(),
        DeviceAnswer.ofThisTask(),
        question.variables().stream().filter(name -> System.getenv(name) == null).toList(),
        question.folders().stream().map(it -> FolderAnswer.to(it, file, files)).toList(),
        unlike,
        BaseAnswer.to(question.base()));
  }

  /**
   * How far the executors' clocks are off the driver's. Ask something else before, so that the
   * executors are warm: the longer they take to answer, the less is certain.
   */
  public List<ClockOffset> clocks() {
    Map<String, ClockOffset> offsets = new TreeMap<>();
    for (int reading = 0; reading < READINGS; reading++) {
      long asked = clock.millis();
      Collection<Moment> moments =
          new Inquiry<>("read the executors' clocks", Survey::moment)
              .asked(spark)
              .byExecutor()
              .values();
      long answered = clock.millis();
      for (Moment moment : moments) {
        ClockOffset offset = ClockOffset.of(moment.executor(), moment.millis(), asked, answered);
        offsets.merge(moment.executor(), offset, ClockOffset::and);
      }
    }
    return List.copyOf(offsets.values());
  }

  private static Moment moment() {
    return new Moment(SparkEnv.get().executorId(), System.currentTimeMillis());
  }
}
