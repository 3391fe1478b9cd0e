package dev.rankwise.pipeline.reduce;

import dev.rankwise.models.failure.ClusterException;
import dev.rankwise.models.network.GroupSum.Said;
import dev.rankwise.pipeline.plan.PlannedGroup;
import dev.rankwise.pipeline.plan.PlannedStep;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Adds the groups of a step, in the order of their indices.
 *
 * <p>Floating-point addition is not associative, so the order is part of the result: group 0 plus
 * group 1 plus group 2 …, for each parameter in double, rounded once to float. Spark's own {@code
 * reduce} adds in the order in which tasks end and would give other bits on each run. Exactly one
 * intact result of the step asked for is accepted from each group; anything else is refused by
 * name.
 */
public final class DriverReducer {
  /** Parameters summed at a time: small enough for the processor's first cache. */
  private static final int BLOCK = 1024;

  private final int parameters;

  /**
   * A reducer of gradients.
   *
   * @param parameters length of the flat parameter vector
   */
  public DriverReducer(int parameters) {
    this.parameters = parameters;
  }

  /**
   * The step's gradient: {@code g[i] = Σ_k groups[k][i]}, k rising.
   *
   * @param planned what the step was to compute
   * @param results what came back, in any order
   * @throws ClusterException if a group is missing, came twice, belongs to another step, or is
   *     damaged
   */
  public StepGradient reduce(PlannedStep planned, List<GroupGradient> results) {
    GroupGradient[] byGroup = ordered(planned, results);
    float[] gradient = sum(byGroup);
    double loss = 0;
    long examples = 0;
    long tokens = 0;
    List<Said> asides = new ArrayList<>();
    boolean finite = true;
    for (GroupGradient result : byGroup) {
      loss += result.loss();
      examples += result.examples();
      tokens += result.tokens();
      asides.addAll(result.asides());
      finite &= result.finite();
    }
    return new StepGradient(planned.index(), gradient, loss, examples, tokens, asides, finite);
  }

  private GroupGradient[] ordered(PlannedStep planned, List<GroupGradient> results) {
    List<PlannedGroup> groups = planned.groups();
    GroupGradient[] byGroup = new GroupGradient[groups.size()];
    for (GroupGradient result : results) {
      if (result.step() != planned.index()) {
        throw refused(planned, result.group(), "it belongs to step " + result.step());
      }
      if (result.group() < 0 || result.group() >= byGroup.length) {
        throw refused(
            planned, result.group(), "the step has the groups 0 to " + (byGroup.length - 1));
      }
      if (byGroup[result.group()] != null) {
        throw refused(planned, result.group(), "it came twice");
      }
      check(planned, result, groups.get(result.group()));
      byGroup[result.group()] = result;
    }
    for (int group = 0; group < byGroup.length; group++) {
      if (byGroup[group] == null) {
        throw refused(planned, group, "it is missing");
      }
    }
    return byGroup;
  }

  private void check(PlannedStep planned, GroupGradient result, PlannedGroup group) {
    if (!result.isIntact()) {
      throw refused(planned, result.group(), "its checksum does not match its bytes");
    }
    if (result.examples() != group.examples() || result.tokens() != group.tokens()) {
      throw refused(
          planned,
          result.group(),
          "it covers %s examples with %s tokens where the plan has %s with %s"
              .formatted(result.examples(), result.tokens(), group.examples(), group.tokens()));
    }
    int expected = group.examples() == 0 ? 0 : parameters;
    if (result.gradient().length != (long) expected * Float.BYTES) {
      throw refused(
          planned,
          result.group(),
          "it has %s bytes where %s parameters need %s"
              .formatted(result.gradient().length, expected, (long) expected * Float.BYTES));
    }
  }

  private static ClusterException refused(PlannedStep planned, int group, String why) {
    return new ClusterException(
        ("Cannot use the gradient of group %s in step %s: %s; start the command again, and look at"
                + " the executors' logs if it happens again")
            .formatted(group, planned.index(), why));
  }

  private float[] sum(GroupGradient[] groups) {
    byte[][] gradients =
        Arrays.stream(groups)
            .map(GroupGradient::gradient)
            .filter(gradient -> gradient.length > 0)
            .toArray(byte[][]::new);
    float[] sum = new float[parameters];
    VectorSlices.each(0, parameters, (begin, end) -> sum(gradients, sum, begin, end));
    return sum;
  }

  /** Adds the elements from {@code from} up to {@code to}, group by group. */
  private static void sum(byte[][] gradients, float[] sum, int from, int to) {
    FloatBuffer[] buffers = new FloatBuffer[gradients.length];
    for (int group = 0; group < buffers.length; group++) {
      buffers[group] =
          ByteBuffer.wrap(gradients[group])
              .order(ByteOrder.LITTLE_ENDIAN)
              .asFloatBuffer()
              .position(from);
    }
    float[] part = new float[BLOCK];
    double[] total = new double[BLOCK];
    for (int begin = from; begin < to; begin += BLOCK) {
      int length = Math.min(BLOCK, to - begin);
      Arrays.fill(total, 0);
      for (FloatBuffer buffer : buffers) {
        buffer.get(part, 0, length);
        for (int i = 0; i < length; i++) {
          total[i] += part[i];
        }
      }
      for (int i = 0; i < length; i++) {
        sum[begin + i] = (float) total[i];
      }
    }
  }
}
