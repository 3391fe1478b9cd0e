package dev.rankwise.pipeline.estimator;

import dev.rankwise.datasets.chat.UnusableRow;
import dev.rankwise.datasets.image.PicturePreparation;
import dev.rankwise.datasets.picture.PictureReading;
import dev.rankwise.datasets.prepare.BaseTokenizerSource;
import dev.rankwise.datasets.prepare.OpenTokenizers;
import dev.rankwise.datasets.source.RejectionReason;
import dev.rankwise.datasets.source.RowLimits;
import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.tokenizer.Tokenizer;
import dev.rankwise.pipeline.estimator.RowAddition.Content;
import dev.rankwise.pipeline.evaluate.ClassScores;
import dev.rankwise.pipeline.executor.ParameterVersion;
import dev.rankwise.pipeline.executor.ReplicaHolder;
import dev.rankwise.pipeline.model.AdaptedClassifier;
import dev.rankwise.pipeline.reduce.FloatBytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.apache.spark.broadcast.Broadcast;

/**
 * Classifies texts or pictures on an executor, with the replica and the tokenizer that all tasks of
 * the JVM share. Only names, numbers and the handle of the broadcast travel.
 */
final class RowClassifier implements RowAddition.Answers {
  private static final long serialVersionUID = 1L;

  private final AdaptedClassifier source;
  private final ParameterVersion version;
  private final Broadcast<byte[]> parameters;
  private final PictureReading pictures;
  private final int maximumTokens;
  private final int microBatchTokens;
  private final ClassifiedColumns columns;

  /**
   * A classifier.
   *
   * @param source the model
   * @param version names {@code parameters}
   * @param parameters the trained numbers as {@link FloatBytes}
   * @param pictures how pictures are read; null where texts are classified
   * @param maximumTokens longest text in tokens; a longer one is cut
   * @param microBatchTokens most tokens of one forward pass; a longer row makes one by itself
   * @param columns says what is asked for beside the label
   */
  RowClassifier(
      AdaptedClassifier source,
      ParameterVersion version,
      Broadcast<byte[]> parameters,
      PictureReading pictures,
      int maximumTokens,
      int microBatchTokens,
      ClassifiedColumns columns) {
    this.source = source;
    this.version = version;
    this.parameters = parameters;
    this.pictures = pictures;
    this.maximumTokens = maximumTokens;
    this.microBatchTokens = microBatchTokens;
    this.columns = columns;
  }

  /**
   * A row as the model reads it.
   *
   * @param ids tokens of a text
   * @param colours of a picture, as its form gives them; null of a text
   */
  private record Sequence(int[] ids, byte[] colours) {
    int tokens() {
      return ids.length;
    }
  }

  /** The label of each row, and what is asked for beside it; nulls where there is none. */
  @Override
  public List<Object[]> of(List<Content> rows) {
    List<Object[]> answers = new ArrayList<>();
    List<Object[]> asked = new ArrayList<>();
    List<Sequence> sequences = new ArrayList<>();
    for (Content row : rows) {
      Object[] answer = new Object[columns.adds()];
      answers.add(answer);
      try {
        sequences.add(pictures == null ? text(row.text()) : picture(row.image()));
        asked.add(answer);
      } catch (UnusableRow unusable) {
        if (columns.hasReason()) {
          answer[answer.length - 1] = unusable.reason().name();
        }
      }
    }
    float[][] scores = scores(sequences);
    for (int i = 0; i < scores.length; i++) {
      asked.get(i)[0] = source.labels().get(ClassScores.argmax(scores[i]));
      if (columns.hasProbability()) {
        asked.get(i)[1] =
            DoubleStream.of(ClassScores.softmax(scores[i])).boxed().toArray(Double[]::new);
      }
    }
    return answers;
  }

  /** The tokens of a text, cut to the limit. */
  private Sequence text(String text) {
    if (text == null) {
      throw new UnusableRow(RejectionReason.MISSING_TEXT);
    }
    Tokenizer tokenizer = OpenTokenizers.of(new BaseTokenizerSource(source.base()));
    int[] ids = tokenizer.encode(beginning(text), maximumTokens);
    if (ids.length == 0) {
      throw new UnusableRow(RejectionReason.EMPTY_TEXT);
    }
    return new Sequence(ids, null);
  }

  /** The one picture of a row; numbers are made of it only where a pass reads it. */
  private Sequence picture(byte[] value) {
    List<byte[]> files = pictures.files(value);
    if (files.size() != 1) {
      throw new UnusableRow(
          files.isEmpty() ? RejectionReason.MISSING_PICTURE : RejectionReason.PICTURE_COUNT);
    }
    byte[] colours = pictures.colours(files).get(0);
    return new Sequence(new int[1 + pictures.form().patches()], colours);
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
   * The class scores of sequences, in their order. Those of like lengths share a forward pass,
   * since attention pads to the longest.
   */
  private float[][] scores(List<Sequence> sequences) {
    float[][] scores = new float[sequences.size()][];
    List<Integer> byLength =
        IntStream.range(0, sequences.size())
            .boxed()
            .sorted(Comparator.comparingInt(i -> sequences.get(i).tokens()))
            .toList();
    int begin = 0;
    while (begin < byLength.size()) {
      int end = begin + 1;
      int tokens = sequences.get(byLength.get(begin)).tokens();
      while (end < byLength.size()
          && tokens + sequences.get(byLength.get(end)).tokens() <= microBatchTokens) {
        tokens += sequences.get(byLength.get(end)).tokens();
        end++;
      }
      List<Integer> places = byLength.subList(begin, end);
      float[][] logits = logits(batch(places.stream().map(sequences::get).toList(), tokens));
      for (int i = 0; i < logits.length; i++) {
        scores[places.get(i)] = logits[i];
      }
      begin = end;
    }
    return scores;
  }

  private TokenBatch batch(List<Sequence> sequences, int tokens) {
    if (pictures != null) {
      PicturePreparation preparation = pictures.form().preparation();
      return TokenBatch.ofPictures(
          sequences.stream().map(it -> preparation.normalised(it.colours())).toList(),
          pictures.form().patch(),
          new int[0]);
    }
    int[] ids = new int[tokens];
    int[] offsets = new int[sequences.size() + 1];
    for (int i = 0; i < sequences.size(); i++) {
      int[] sequence = sequences.get(i).ids();
      System.arraycopy(sequence, 0, ids, offsets[i], sequence.length);
      offsets[i + 1] = offsets[i] + sequence.length;
    }
    return new TokenBatch(ids, new int[tokens], offsets, new int[0]);
  }

  private float[][] logits(TokenBatch batch) {
    // A lease for each pass, not for the partition: whoever takes some rows only leaves none open.
    try (ReplicaHolder.Lease lease =
        ReplicaHolder.ofThisJvm()
            .lease(source, version, () -> FloatBytes.toFloats(parameters.value()))) {
      return lease.parameters().logits(batch);
    }
  }
}
