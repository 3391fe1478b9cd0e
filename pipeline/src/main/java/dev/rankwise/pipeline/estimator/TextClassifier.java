package dev.rankwise.pipeline.estimator;

import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.OpenTokenizers;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.pipeline.evaluate.ClassScores;
import dev.rankwise.pipeline.executor.ParameterVersion;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import dev.rankwise.pipeline.model.AdaptedClassifier;
import dev.rankwise.pipeline.reduce.FloatBytes;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.apache.spark.broadcast.Broadcast;

/**
 * Classifies texts on an executor, with the replica and the tokenizer that all tasks of the JVM
 * share. Only names, numbers and the handle of the broadcast travel.
 */
final class TextClassifier implements RowAddition.Answers {
  private static final long serialVersionUID = 1L;

  private final AdaptedClassifier source;
  private final ParameterVersion version;
  private final Broadcast<byte[]> parameters;
  private final int maximumTokens;
  private final int microBatchTokens;
  private final boolean probabilities;

  /**
   * A classifier.
   *
   * @param source the model
   * @param version names {@code parameters}
   * @param parameters the trained numbers as {@link FloatBytes}
   * @param maximumTokens longest text in tokens; a longer one is cut
   * @param microBatchTokens most tokens of one forward pass; a longer text makes one by itself
   * @param probabilities whether those of all classes are asked for beside the label
   */
  TextClassifier(
      AdaptedClassifier source,
      ParameterVersion version,
      Broadcast<byte[]> parameters,
      int maximumTokens,
      int microBatchTokens,
      boolean probabilities) {
    this.source = source;
    this.version = version;
    this.parameters = parameters;
    this.maximumTokens = maximumTokens;
    this.microBatchTokens = microBatchTokens;
    this.probabilities = probabilities;
  }

  /** The label of each text, and the probabilities if they are asked for; nulls for no text. */
  @Override
  public List<Object[]> of(List<String> texts) {
    List<int[]> encoded = texts.stream().map(this::encode).toList();
    Iterator<float[]> scores =
        List.of(scores(encoded.stream().filter(ids -> ids.length > 0).toList())).iterator();
    return encoded.stream().map(ids -> answer(ids.length > 0 ? scores.next() : null)).toList();
  }

  private Object[] answer(float[] scores) {
    Object[] answer = new Object[probabilities ? 2 : 1];
    if (scores != null) {
      answer[0] = source.labels().get(ClassScores.argmax(scores));
      if (probabilities) {
        answer[1] = DoubleStream.of(ClassScores.softmax(scores)).boxed().toArray(Double[]::new);
      }
    }
    return answer;
  }

  /** The tokens of a text, cut to the limit; none for no text. */
  private int[] encode(String text) {
    if (text == null) {
      return new int[0];
    }
    return OpenTokenizers.of(new BaseTokenizerSource(source.base()))
        .encode(beginning(text), maximumTokens);
  }

  /**
   * What the tokenizer sees of a text: as many characters as training accepts in one row. The
   * tokens that count come from its beginning, and tokenising takes memory by the length.
   */
  private static String beginning(String text) {
    int most = RowLimits.DEFAULT_MAXIMUM_CHARACTERS;
    if (text.length() <= most) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
    return text.substring(0, end);
  }

  /**
   * The class scores of sequences that have at least one token each, in their order. Sequences of
   * like lengths share a forward pass, since attention pads to the longest.
   */
  private float[][] scores(List<int[]> sequences) {
    float[][] scores = new float[sequences.size()][];
    List<Integer> byLength =
        IntStream.range(0, sequences.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> sequences.get(i).length))
            .toList();
    int begin = 0;
    while (begin < byLength.size()) {
      int end = begin + 1;
      int tokens = sequences.get(byLength.get(begin)).length;
      while (end < byLength.size()
          && tokens + sequences.get(byLength.get(end)).length <= microBatchTokens) {
        tokens += sequences.get(byLength.get(end)).length;
        end++;
      }
      List<Integer> places = byLength.subList(begin, end);
      float[][] logits = logits(places.stream().map(sequences::get).toList(), tokens);
      for (int i = 0; i < logits.length; i++) {
        scores[places.get(i)] = logits[i];
      }
      begin = end;
    }
    return scores;
  }

  private float[][] logits(List<int[]> sequences, int tokens) {
    int[] ids = new int[tokens];
    int[] offsets = new int[sequences.size() + 1];
    for (int i = 0; i < sequences.size(); i++) {
      int[] sequence = sequences.get(i);
      System.arraycopy(sequence, 0, ids, offsets[i], sequence.length);
      offsets[i + 1] = offsets[i] + sequence.length;
    }
    TokenBatch batch = new TokenBatch(ids, new int[tokens], offsets, new int[0]);
    // A lease for each pass, not for the partition: whoever takes some rows only leaves none open.
    try (ReplicaHolder.Lease lease =
        ReplicaHolder.ofThisJvm()
            .lease(source, version, () -> FloatBytes.toFloats(parameters.value()))) {
      return lease.parameters().logits(batch);
    }
  }
}
