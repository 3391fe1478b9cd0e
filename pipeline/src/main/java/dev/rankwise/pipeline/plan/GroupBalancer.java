package dev.rankwise.pipeline.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Splits the examples of a step into groups of about equal numbers of tokens.
 *
 * <p>Longest first, each to the group with the fewest tokens (Graham's LPT rule: the largest group
 * is at most 4/3 of the best possible). Equal lengths go by position, equal groups by number of
 * examples and then by index, so the split is one function of the examples.
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
    List<List<Integer>> members = new ArrayList<>();
    long[] tokens = new long[groups];
    for (int group = 0; group < groups; group++) {
      members.add(new ArrayList<>());
    }
    for (long entry : byLength) {
      int position = (int) entry;
      int group = lightest(tokens, members);
      members.get(group).add(position);
      tokens[group] += lengths[position];
    }
    List<PlannedGroup> planned = new ArrayList<>();
    for (int group = 0; group < groups; group++) {
      planned.add(new PlannedGroup(group, cut(members.get(group)), tokens[group]));
    }
    return planned;
  }

  private static int lightest(long[] tokens, List<List<Integer>> members) {
    int best = 0;
    for (int group = 1; group < tokens.length; group++) {
      boolean fewerTokens = tokens[group] < tokens[best];
      boolean fewerExamples =
          tokens[group] == tokens[best] && members.get(group).size() < members.get(best).size();
      if (fewerTokens || fewerExamples) {
        best = group;
      }
    }
    return best;
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
