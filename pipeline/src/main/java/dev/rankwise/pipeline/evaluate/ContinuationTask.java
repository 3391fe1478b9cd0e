package dev.rankwise.pipeline.evaluate;

import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.OpenTokenizers;
import dev.rankwise.models.generation.Generated;
import dev.rankwise.models.generation.GenerationSettings;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.pipeline.executor.HandedParameters;
import dev.rankwise.pipeline.executor.ParameterVersion;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import dev.rankwise.pipeline.model.AdaptedModel;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.function.FlatMapFunction;

/** Goes on after prompts, where a replica is. */
final class ContinuationTask implements FlatMapFunction<Iterator<int[]>, String> {
  private static final long serialVersionUID = 1L;

  private final AdaptedModel source;
  private final ParameterVersion version;
  private final HandedParameters theta;
  private final GenerationSettings settings;

  /** Task of each prompt. */
  private final int[] tasks;

  ContinuationTask(
      AdaptedModel source,
      ParameterVersion version,
      HandedParameters theta,
      GenerationSettings settings,
      int[] tasks) {
    this.source = source;
    this.version = version;
    this.theta = theta;
    this.settings = settings;
    this.tasks = tasks.clone();
  }

  @Override
  public Iterator<String> call(Iterator<int[]> prompts) {
    List<int[]> all = new ArrayList<>();
    prompts.forEachRemaining(all::add);
    Tokenizer tokenizer = OpenTokenizers.of(new BaseTokenizerSource(source.base()));
    try (ReplicaHolder.Lease lease =
        ReplicaHolder.ofThisJvm().lease(source, version, theta::floats)) {
      String[] texts = new String[all.size()];
      for (int task : IntStream.of(tasks).distinct().toArray()) {
        int[] own = IntStream.range(0, tasks.length).filter(i -> tasks[i] == task).toArray();
        List<Generated> generated =
            lease
                .parameters()
                .generator(tokenizer, task)
                .generate(
                    IntStream.of(own).mapToObj(all::get).toList(), settings, (prompt, piece) -> {});
        for (int i = 0; i < own.length; i++) {
          texts[own[i]] = generated.get(i).text();
        }
      }
      return List.of(texts).iterator();
    }
  }
}
