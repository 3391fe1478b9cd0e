package dev.rankwise.pipeline.evaluate;

import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.OpenTokenizers;
import dev.rankwise.models.generation.Generated;
import dev.rankwise.models.generation.GenerationSettings;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.models.vision.PicturedPrompt;
import dev.rankwise.pipeline.executor.HandedParameters;
import dev.rankwise.pipeline.executor.ParameterVersion;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import dev.rankwise.pipeline.executor.TokenExample;
import dev.rankwise.pipeline.executor.TokenPicture;
import dev.rankwise.pipeline.model.AdaptedModel;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.api.java.function.FlatMapFunction;

/** Goes on after prompts, where a replica is. */
final class ContinuationTask implements FlatMapFunction<Iterator<TokenExample>, String> {
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
  public Iterator<String> call(Iterator<TokenExample> prompts) {
    List<TokenExample> all = new ArrayList<>();
    prompts.forEachRemaining(all::add);
    int[] tasks = all.stream().mapToInt(TokenExample::task).toArray();
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
                .generateAfter(
                    IntStream.of(own).mapToObj(i -> prompt(all.get(i))).toList(),
                    LongStream.range(0, own.length).toArray(),
                    settings,
                    (prompt, piece) -> {});
        for (int i = 0; i < own.length; i++) {
          texts[own[i]] = generated.get(i).text();
        }
      }
      return List.of(texts).iterator();
    }
  }

  private static PicturedPrompt prompt(TokenExample example) {
    return new PicturedPrompt(
        example.ids(), example.pictures().stream().map(TokenPicture::picture).toList());
  }
}
