package dev.rankwise.datasets.shard;

import java.util.ArrayList;
import java.util.List;

/**
 * What a split holds.
 *
 * @param examples number of examples
 * @param texts texts in them: one each, or more where several share a sequence
 * @param tokens their tokens, special ones included
 * @param targets what the loss is taken on: a label each, or trained tokens
 * @param filled share of the room of all examples that tokens fill: tokens / (examples · longest
 *     allowed), in [0, 1]; 0 where there is none
 * @param truncated texts that are parts of longer ones, cut to the token limit; of a split text
 *     each piece
 * @param contentSha256 hash of the examples whatever files they lie in, see {@link SplitContent}
 * @param lengths lengths of the texts in tokens
 * @param labelCounts examples by class number
 * @param taskCounts what there is of each task, by its number; empty where rows have no tasks
 * @param files the Parquet files
 */
public record SplitManifest(
    long examples,
    long texts,
    long tokens,
    long targets,
    double filled,
    long truncated,
    String contentSha256,
    LengthHistogram lengths,
    List<Long> labelCounts,
    List<TaskCounts> taskCounts,
    List<PreparedFile> files) {
  public SplitManifest {
    labelCounts = List.copyOf(labelCounts);
    taskCounts = List.copyOf(taskCounts);
    files = List.copyOf(files);
  }

  /**
   * Positions of some sequences: the first of each task, then the second of each, and so on.
   *
   * @param count how many at most
   */
  List<Integer> firstOfEachTask(int count) {
    List<Integer> positions = new ArrayList<>();
    for (int place = 0; positions.size() < count; place++) {
      int before = positions.size();
      int begin = 0;
      for (TaskCounts task : taskCounts) {
        if (place < task.sequences() && positions.size() < count) {
          positions.add(begin + place);
        }
        begin += Math.toIntExact(task.sequences());
      }
      if (positions.size() == before) {
        break;
      }
    }
    return positions;
  }
}
