package dev.rankwise.pipeline.executor;

import dev.rankwise.models.network.TokenBatch;
import dev.rankwise.models.vision.ImagePatches;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * All examples of one group over some consecutive steps: flat arrays with offset tables, so that a
 * task reaches the micro-batches of its step without a search.
 */
public final class GroupShard implements Serializable {
  private static final long serialVersionUID = 1L;

  private final int group;
  private final int firstStep;

  /** First micro-batch of each step, then their number. */
  private final int[] stepStarts;

  /** First example of each micro-batch, then their number. */
  private final int[] batchStarts;

  /** Of each step, how many micro-batches the groups before this one have. */
  private final int[] batchesBefore;

  /** First token of each example, then their number. */
  private final int[] tokenStarts;

  /** First text of each example, then their number. */
  private final int[] textStarts;

  /** First token of each text, then the number of tokens. */
  private final int[] texts;

  /** First label of each example, then their number. */
  private final int[] labelStarts;

  private final int[] ids;
  private final int[] labels;
  private final int[] positions;

  /** Task of each example. */
  private final int[] tasks;

  /** First picture of each example, then their number. */
  private final int[] pictureStarts;

  /** Pictures, placed among all tokens. */
  private final ArrayList<TokenPicture> pictures = new ArrayList<>();

  GroupShard(
      int group,
      int firstStep,
      int[] stepStarts,
      int[] batchStarts,
      int[] batchesBefore,
      List<TokenExample> examples) {
    this.group = group;
    this.firstStep = firstStep;
    this.stepStarts = stepStarts.clone();
    this.batchStarts = batchStarts.clone();
    this.batchesBefore = batchesBefore.clone();
    this.tokenStarts = new int[examples.size() + 1];
    this.labelStarts = new int[examples.size() + 1];
    this.textStarts = new int[examples.size() + 1];
    for (int i = 0; i < examples.size(); i++) {
      tokenStarts[i + 1] = Math.addExact(tokenStarts[i], examples.get(i).ids().length);
      labelStarts[i + 1] = Math.addExact(labelStarts[i], examples.get(i).labels().length);
      textStarts[i + 1] = Math.addExact(textStarts[i], examples.get(i).starts().length);
    }
    this.texts = new int[textStarts[examples.size()] + 1];
    texts[texts.length - 1] = tokenStarts[examples.size()];
    this.ids = new int[tokenStarts[examples.size()]];
    this.labels = new int[labelStarts[examples.size()]];
    this.positions = new int[examples.size()];
    this.tasks = examples.stream().mapToInt(TokenExample::task).toArray();
    this.pictureStarts = new int[examples.size() + 1];
    for (int i = 0; i < examples.size(); i++) {
      TokenExample example = examples.get(i);
      System.arraycopy(example.ids(), 0, ids, tokenStarts[i], example.ids().length);
      System.arraycopy(example.labels(), 0, labels, labelStarts[i], example.labels().length);
      positions[i] = example.position();
      for (int text = 0; text < example.starts().length; text++) {
        texts[textStarts[i] + text] = tokenStarts[i] + example.starts()[text];
      }
      for (TokenPicture picture : example.pictures()) {
        add(picture.after(tokenStarts[i]));
      }
      pictureStarts[i + 1] = pictures.size();
    }
  }

  /** What stands for a patch is the id of no token. */
  private void add(TokenPicture picture) {
    pictures.add(picture);
    Arrays.fill(ids, picture.first(), picture.first() + picture.form().patches(), 0);
  }

  /** Number of the group. */
  public int group() {
    return group;
  }

  /** The micro-batches of one step, in plan order. */
  public List<TokenBatch> microBatches(int step) {
    List<TokenBatch> batches = new ArrayList<>();
    for (int batch = firstBatch(step); batch < firstBatch(step + 1); batch++) {
      batches.add(batch(batchStarts[batch], batchStarts[batch + 1]));
    }
    return batches;
  }

  /** Number of the first of these micro-batches within the step, over all groups. */
  int firstMicroBatch(int step) {
    return batchesBefore[step - firstStep];
  }

  /** Positions of the step's examples in the order of {@link #microBatches}. */
  public int[] positions(int step) {
    return Arrays.copyOfRange(
        positions, batchStarts[firstBatch(step)], batchStarts[firstBatch(step + 1)]);
  }

  /** Number of the step's examples. */
  int examples(int step) {
    return batchStarts[firstBatch(step + 1)] - batchStarts[firstBatch(step)];
  }

  private int firstBatch(int step) {
    return stepStarts[step - firstStep];
  }

  private TokenBatch batch(int begin, int end) {
    int firstToken = tokenStarts[begin];
    int tokens = tokenStarts[end] - firstToken;
    int[] offsets = Arrays.copyOfRange(texts, textStarts[begin], textStarts[end] + 1);
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] -= firstToken;
    }
    TokenBatch batch =
        new TokenBatch(
            Arrays.copyOfRange(ids, firstToken, firstToken + tokens),
            new int[tokens],
            offsets,
            Arrays.copyOfRange(labels, labelStarts[begin], labelStarts[end]));
    TokenBatch seeing = batch.with(images(begin, end));
    return tasks[begin] == TokenBatch.NO_TASK ? seeing : seeing.withTasks(tasksOfTexts(begin, end));
  }

  private ImagePatches images(int begin, int end) {
    List<TokenPicture> own = pictures.subList(pictureStarts[begin], pictureStarts[end]);
    if (own.isEmpty()) {
      return ImagePatches.NONE;
    }
    int[] tokens =
        own.stream()
            .flatMapToInt(it -> IntStream.range(it.first(), it.first() + it.form().patches()))
            .map(token -> token - tokenStarts[begin])
            .toArray();
    return ImagePatches.of(
        own.stream().map(TokenPicture::picture).toList(), own.get(0).form().patch(), tokens);
  }

  private int[] tasksOfTexts(int begin, int end) {
    int first = textStarts[begin];
    int[] ofTexts = new int[textStarts[end] - first];
    for (int i = begin; i < end; i++) {
      Arrays.fill(ofTexts, textStarts[i] - first, textStarts[i + 1] - first, tasks[i]);
    }
    return ofTexts;
  }
}
