package dev.rankwise.pipeline.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Splits the examples of a step into groups of about equal numbers of tokens and of like lengths.
 *
 * <p>The examples, longest first (equal lengths by position), are laid end to end and cut at equal
 * numbers of tokens: an example belongs to the group in which its middle lies, {@code ⌊(before +
 * length / 2) · groups / total⌋}. So a group's tokens are within the length of its longest
 * neighbour of the mean. Like lengths together matter because attention sees the sequences of a
 * micro-batch side by side, padded to the longest: mixed at random, padding would be half of its
 * work.
 */
final class GroupBalancer {
  private final int[] lengths;
  private final int groups;
  private final int maximumTokensPerMicroBatch;

  GroupBalancer(int[] lengths, int groups, int maximumTokensPerMicroBatch) {
    this.lengths = lengths;
    this.groups = groups;
    this.maximumTokensPerMicroBatch = maximumTokensPerMicroBatch;
  }

  List<PlannedGroup> split(int[] positions) {
    long[] byLength = new long[positions.length];
    for (int i = 0; i < positions.length; i++) {
      // One number that sorts by falling length, then by rising position.
      byLength[i] = ((long) (Integer.MAX_VALUE - lengths[positions[i]]) << 32) | positions[i];
    }
    Arrays.sort(byLength);
    long total = 0;
    for (int position : positions) {
      total += lengths[position];
    }
    List<List<Integer>> members = new ArrayList<>();
    long[] tokens = new long[groups];
    for (int group = 0; group < groups; group++) {
      members.add(new ArrayList<>());
    }
    long before = 0;
    for (long entry : byLength) {
      int position = (int) entry;
      int length = lengths[position];
      int group = (int) ((2 * before + length) * groups / (2 * total));
      members.get(group).add(position);
      tokens[group] += length;
      before += length;
    }
    List<PlannedGroup> planned = new ArrayList<>();
    for (int group = 0; group < groups; group++) {
      planned.add(new PlannedGroup(group, cut(members.get(group)), tokens[group]));
    }
    return planned;
  }

  private List<MicroBatch> cut(List<Integer> members) {
    List<MicroBatch> batches = new ArrayList<>();
    int start = 0;
    long tokens = 0;
    for (int i = 0; i < members.size(); i++) {
      int length = lengths[members.get(i)];
      if (i > start && tokens + length > maximumTokensPerMicroBatch) {
        batches.add(batch(members.subList(start, i)));
        start = i;
        tokens = 0;
      }
      tokens += length;
    }
    if (start < members.size()) {
      batches.add(batch(members.subList(start, members.size())));
    }
    return batches;
  }

  private static MicroBatch batch(List<Integer> positions) {
    return new MicroBatch(positions.stream().mapToInt(Integer::intValue).toArray());
  }
}
