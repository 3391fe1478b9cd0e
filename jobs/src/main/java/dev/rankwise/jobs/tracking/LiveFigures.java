package dev.rankwise.jobs.tracking;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import dev.rankwise.pipeline.executor.Inquiry;
import dev.rankwise.pipeline.train.StepListener;
import dev.rankwise.pipeline.train.StepMetrics;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.metrics.source.Source;

/**
 * The figures of the training that is on its way, among Spark's own metrics of the driver: every
 * sink that Spark is given, such as Prometheus', JMX or Graphite, has them as {@code
 * rankwise.training.loss} and so on, until this is closed. Before the first step they are not a
 * number, and counts 0.
 */
public final class LiveFigures implements Source, StepListener, AutoCloseable {
  private static final String NAME = "rankwise.training";

  private final MetricRegistry registry = new MetricRegistry();
  private final AtomicInteger skipped = new AtomicInteger();
  private volatile StepMetrics last;

  private LiveFigures(JavaSparkContext spark) {
    count("step", StepMetrics::step);
    count("steps", StepMetrics::steps);
    count("epoch", StepMetrics::epoch);
    figure("loss", StepMetrics::loss);
    figure("learning_rate", StepMetrics::learningRate);
    figure("grad_norm", StepMetrics::gradientNorm);
    figure("tokens_per_second", StepMetrics::tokensPerSecond);
    figure("step_seconds", step -> step.times().step());
    figure("compute_seconds", step -> step.times().compute());
    figure("overhead_seconds", step -> step.times().overhead());
    count("skipped_steps", step -> skipped.get());
    Gauge<Integer> executors = () -> Inquiry.known(spark).size();
    registry.register("executors", executors);
  }

  /** Adds them to the metrics of a running Spark. */
  public static LiveFigures among(JavaSparkContext spark) {
    LiveFigures figures = new LiveFigures(spark);
    SparkEnv.get().metricsSystem().registerSource(figures);
    return figures;
  }

  private void count(String name, Function<StepMetrics, Integer> value) {
    Gauge<Integer> gauge = () -> last == null ? 0 : value.apply(last);
    registry.register(name, gauge);
  }

  private void figure(String name, Function<StepMetrics, Double> value) {
    Gauge<Double> gauge = () -> last == null ? Double.NaN : value.apply(last);
    registry.register(name, gauge);
  }

  @Override
  public void stepEnded(StepMetrics metrics) {
    if (!metrics.updated()) {
      skipped.incrementAndGet();
    }
    last = metrics;
  }

  @Override
  public String sourceName() {
    return NAME;
  }

  @Override
  public MetricRegistry metricRegistry() {
    return registry;
  }

  /** Takes them out; Spark may have ended meanwhile. */
  @Override
  public void close() {
    SparkEnv environment = SparkEnv.get();
    if (environment != null) {
      environment.metricsSystem().removeSource(this);
    }
  }
}
