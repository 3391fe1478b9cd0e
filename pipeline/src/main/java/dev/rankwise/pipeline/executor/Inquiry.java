package dev.rankwise.pipeline.executor;

import dev.rankwise.datasets.spark.NamedJobs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.apache.spark.SparkEnv;
import org.apache.spark.SparkExecutorInfo;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function0;
import org.apache.spark.storage.BlockManagerId;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/**
 * A question to every executor, by tasks.
 *
 * <p>Spark spreads tasks over the executors that are free and promises none to any of them. So who
 * answered is compared with the executors that Spark knows, and as long as some are missing the
 * question is put again by tasks that hold their slots for a moment, which leaves the next ones to
 * the others. Whoever stays silent is told in the log.
 *
 * @param purpose what the tasks do, as an error says it
 * @param question what is evaluated on each executor; its answer travels
 */
public record Inquiry<T>(String purpose, Function0<T> question) {
  private static final Logger LOG = LoggerFactory.getLogger(Inquiry.class);

  /** Several tasks for each slot, so that all executors usually get one. */
  private static final int TASKS_PER_SLOT = 2;

  private static final int REPETITIONS = 3;
  private static final long HOLD_MILLIS = 250;

  /**
   * Who answered what, and who did not.
   *
   * @param byExecutor the answers by the executors' addresses, in their order
   * @param silent addresses of the executors that Spark knows and that did not answer
   */
  public record Answers<T>(SortedMap<String, T> byExecutor, SortedSet<String> silent) {
    public Answers {
      byExecutor = Collections.unmodifiableSortedMap(new TreeMap<>(byExecutor));
      silent = Collections.unmodifiableSortedSet(new TreeSet<>(silent));
    }
  }

  /** The answers, one of each executor, in the order of their addresses. */
  Collection<T> answers(JavaSparkContext spark) {
    return asked(spark).byExecutor().values();
  }

  /** Asks, and tells who answered. */
  public Answers<T> asked(JavaSparkContext spark) {
    return asked(() -> known(spark), holdMillis -> ask(spark, holdMillis));
  }

  /**
   * The same over any cluster.
   *
   * @param known addresses of the executors at the moment
   * @param ask puts the question by tasks that hold their slots for so many milliseconds, and gives
   *     the answers by the executors' addresses
   */
  Answers<T> asked(Supplier<List<String>> known, LongFunction<Map<String, T>> ask) {
    SortedMap<String, T> byExecutor = new TreeMap<>(ask.apply(0));
    SortedSet<String> silent = silent(known.get(), byExecutor.keySet());
    for (int i = 0; i < REPETITIONS && !silent.isEmpty(); i++) {
      LOG.info("To {}, executors {} are asked again", purpose, silent);
      byExecutor.putAll(ask.apply(HOLD_MILLIS));
      silent = silent(known.get(), byExecutor.keySet());
    }
    if (!silent.isEmpty()) {
      LOG.warn("To {}, executors {} were asked and did not answer", purpose, silent);
    }
    return new Answers<>(byExecutor, silent);
  }

  private Map<String, T> ask(JavaSparkContext spark, long holdMillis) {
    int tasks = Math.max(1, spark.defaultParallelism()) * TASKS_PER_SLOT;
    List<Integer> numbers = new ArrayList<>();
    for (int i = 0; i < tasks; i++) {
      numbers.add(i);
    }
    Function0<T> asked = question;
    Map<String, T> byExecutor = new TreeMap<>();
    Supplier<List<Tuple2<String, T>>> inquiry =
        () ->
            spark
                .parallelize(numbers, tasks)
                .mapToPair(
                    task -> {
                      Thread.sleep(holdMillis);
                      return new Tuple2<>(here(), asked.call());
                    })
                .collect();
    NamedJobs.running(spark.sc(), purpose, inquiry)
        .forEach(answer -> byExecutor.put(answer._1(), answer._2()));
    return byExecutor;
  }

  /** Those of {@code known} that are not among {@code answered}, in their order. */
  private static SortedSet<String> silent(Collection<String> known, Collection<String> answered) {
    SortedSet<String> silent = new TreeSet<>(known);
    silent.removeAll(answered);
    return silent;
  }

  /** Addresses of the executors that Spark knows; in local mode the driver is one. */
  public static List<String> known(JavaSparkContext spark) {
    String driver = here();
    boolean local = spark.sc().isLocal();
    return Arrays.stream(spark.sc().statusTracker().getExecutorInfos())
        .map(Inquiry::address)
        .filter(address -> local || !address.equals(driver))
        .toList();
  }

  /** An executor goes by the address of its block manager, which Spark tells and it knows. */
  private static String address(SparkExecutorInfo executor) {
    return executor.host() + ":" + executor.port();
  }

  private static String here() {
    BlockManagerId id = SparkEnv.get().blockManager().blockManagerId();
    return id.host() + ":" + id.port();
  }
}
