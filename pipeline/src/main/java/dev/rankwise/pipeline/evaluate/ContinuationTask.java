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
import org.apache.spark.api.java.function.FlatMapFunction;

/** Goes on after prompts, where a replica is. */
final class ContinuationTask implements FlatMapFunction<Iterator<int[]>, String> {
  private static final long serialVersionUID = 1L;

  private final AdaptedModel source;
  private final ParameterVersion version;
  private final HandedParameters theta;
  private final GenerationSettings settings;

  ContinuationTask(
      AdaptedModel source,
      ParameterVersion version,
      HandedParameters theta,
      GenerationSettings settings) {
    this.source = source;
    this.version = version;
    this.theta = theta;
    this.settings = settings;
  }

  @Override
  public Iterator<String> call(Iterator<int[]> prompts) {
    List<int[]> all = new ArrayList<>();
    prompts.forEachRemaining(all::add);
    Tokenizer tokenizer = OpenTokenizers.of(new BaseTokenizerSource(source.base()));
    try (ReplicaHolder.Lease lease =
        ReplicaHolder.ofThisJvm().lease(source, version, theta::floats)) {
      return lease
          .parameters()
          .generator(tokenizer)
          .generate(all, settings, (prompt, piece) -> {})
          .stream()
          .map(Generated::text)
          .toList()
          .iterator();
    }
  }
}
