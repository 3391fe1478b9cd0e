package dev.rankwise.pipeline.tune;

import dev.rankwise.datasets.example.Example;
import dev.rankwise.datasets.pack.Sequence;
import dev.rankwise.datasets.pack.SequencePicture;
import dev.rankwise.datasets.picture.PictureForm;
import dev.rankwise.datasets.shard.ExampleSizes;
import dev.rankwise.datasets.shard.PreparedData;
import dev.rankwise.datasets.shard.Split;
import dev.rankwise.models.failure.UserInputException;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.pipeline.executor.ExampleSet;
import dev.rankwise.pipeline.executor.TokenExample;
import dev.rankwise.pipeline.executor.TokenPicture;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.SparkSession;

/** The door from prepared data to the engine. */
public final class PreparedExamples {

  private PreparedExamples() {}

  /** The examples of one split without pictures. */
  public static ExampleSet of(SparkSession spark, PreparedData data, Split split) {
    return of(spark, data, split, Optional.empty());
  }

  /**
   * The examples of one split; their sizes are read, and their content compared, once.
   *
   * @param form how the model reads pictures; empty where it reads none
   */
  public static ExampleSet of(
      SparkSession spark, PreparedData data, Split split, Optional<PictureForm> form) {
    // An Optional does not travel.
    PictureForm reading = form.orElse(null);
    JavaRDD<TokenExample> examples =
        switch (data.manifest().kind()) {
          case LABELLED -> data.examples(spark, split).map(one -> labelled(one, reading));
          case SEQUENCES ->
              data.sequences(spark, split)
                  .map(one -> example(one).with(pictures(one.pictures(), 0, reading)));
        };
    ExampleSizes sizes = data.sizes(spark, split);
    List<String> names = data.manifest().tasks();
    int[] ofTasks = new int[names.size()];
    Arrays.stream(sizes.tasks()).forEach(task -> ofTasks[task]++);
    return new ExampleSet(examples, sizes.lengths(), sizes.targets(), names, ofTasks);
  }

  /** Of a base that reads pictures alone, the patches come after a class token. */
  private static TokenExample labelled(Example one, PictureForm form) {
    return new TokenExample(one.position(), one.ids(), one.label())
        .with(pictures(one.pictures(), 1, form));
  }

  private static List<TokenPicture> pictures(
      List<SequencePicture> pictures, int before, PictureForm form) {
    if (!pictures.isEmpty() && form == null) {
      throw new UserInputException(
          "Cannot read prepared rows that hold pictures: the model reads texts alone; name one that"
              + " sees, or rows without pictures");
    }
    return pictures.stream()
        .map(it -> new TokenPicture(it.first() + before, it.colours(), form))
        .toList();
  }

  /** Each token is to predict the one after it in its text, where the loss is taken on that. */
  static TokenExample example(Sequence sequence) {
    int[] ids = sequence.ids();
    boolean[] trained = sequence.trained();
    int[] own = new int[ids.length];
    Arrays.setAll(own, token -> trained[token] ? ids[token] : TokenBatch.NONE);
    int[] starts = sequence.starts();
    int[] offsets = Arrays.copyOf(starts, starts.length + 1);
    offsets[starts.length] = ids.length;
    TokenBatch texts = new TokenBatch(ids, new int[ids.length], offsets, new int[0]);
    return new TokenExample(
        sequence.position(), starts, ids, texts.withNextTokens(own).labels(), sequence.task());
  }
}
